//! Subscriptions of all transports: WebSocket ([`super::socket`]), server-sent events
//! ([`super::sse`]) and multipart ([`super::multipart`]).
//!
//! Each connection holds a [`ConnectionQuota`] of the process, of its address and of its user,
//! watches its session ([`SessionWatch`]), and has a [`SubscriptionStream`] for each
//! subscription. Slow readers are disconnected when they are [`services::events::BUFFER`] changes
//! behind. All streams end when this process may have missed changes of other processes
//! ([`crate::cluster`]): clients then subscribe again and query the current rows.

mod answer_cache;
mod group;
mod reply;
mod session_watch;
mod subscription_stream;

use auth::{Address, Auth};
use axum::http::StatusCode;
use domain::UserId;
use services::{ChangeBus, events::Received};
use tokio::sync::{broadcast, watch};

use self::group::Groups;
pub(super) use self::{
    reply::{Reply, ReplySlot},
    session_watch::{SessionState, SessionWatch, Sessions},
    subscription_stream::{ClientContext, Lag, NotOpened, StreamItem, SubscriptionStream},
};
use super::{
    keyed_limiter::{KeyedLimiter, Lease},
    response::{Refusal, bad_request},
};
use crate::{Config, config::Subscriptions};

/// State that all connections with subscriptions share.
pub(crate) struct SubscriptionHub {
    pub(super) settings: Subscriptions,
    /// Maximum number of connections of all clients.
    max_connections: u32,
    events: ChangeBus,
    groups: Groups,
    pub(super) sessions: Sessions,
    connections: KeyedLimiter<ConnectionOwner>,
    /// Whether the server is shutting down. Each open connection holds a receiver.
    shutdown: watch::Sender<bool>,
}

/// The owner by which connections are counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum ConnectionOwner {
    Process,
    /// All connections whose address is unknown have one owner.
    Address(Option<Address>),
    User(UserId),
}

/// A counted connection.
pub(super) type ConnectionQuota = Lease<ConnectionOwner>;

impl SubscriptionHub {
    /// Must be called within a Tokio runtime.
    pub(super) fn new(config: &Config, events: ChangeBus, auth: &Auth) -> Self {
        Self {
            settings: config.subscriptions,
            max_connections: u32::try_from(config.connections.total).unwrap_or(u32::MAX),
            events,
            groups: Groups::default(),
            sessions: Sessions::new(auth.clone()),
            connections: KeyedLimiter::default(),
            shutdown: watch::Sender::new(false),
        }
    }

    /// Counts a connection of the process and of an address.
    pub(super) fn count_connection(
        &self,
        address: Option<Address>,
    ) -> Result<Vec<ConnectionQuota>, Refusal> {
        let process = self.connections.acquire(ConnectionOwner::Process, self.max_connections);
        let process = process.ok_or_else(|| {
            let message = "too many open connections (HTTP_MAX_CONNECTIONS)";
            bad_request(message).with(StatusCode::SERVICE_UNAVAILABLE, "SERVICE_UNAVAILABLE")
        })?;
        let limit = self.settings.per_address;
        let address = self.connections.acquire(ConnectionOwner::Address(address), limit);
        Ok(vec![process, address.ok_or_else(|| too_many_connections("address", limit))?])
    }

    /// Counts a connection of the session's user. Returns `None` without a session.
    pub(super) fn count_user(
        &self,
        session: &SessionWatch,
    ) -> Result<Option<ConnectionQuota>, Refusal> {
        let Some(user) = session.user() else { return Ok(None) };
        let limit = self.settings.per_user;
        let quota = self.connections.acquire(ConnectionOwner::User(user.id), limit);
        quota.map(Some).ok_or_else(|| too_many_connections("user", limit))
    }

    /// Returns a receiver of every later change.
    pub(super) fn changes(&self) -> broadcast::Receiver<Received> {
        self.events.subscribe()
    }

    /// Returns a receiver that becomes true on shutdown, which waits until the receiver is
    /// dropped.
    pub(super) fn shutdown(&self) -> watch::Receiver<bool> {
        self.shutdown.subscribe()
    }

    /// Closes every connection, and waits until all have ended.
    pub(crate) async fn end(&self) {
        self.shutdown.send_replace(true);
        self.shutdown.closed().await;
    }
}

fn too_many_connections(owner: &str, limit: u32) -> Refusal {
    let setting = format!("GRAPHQL_SUBSCRIPTIONS_PER_{}", owner.to_uppercase());
    let message = format!("more than {limit} open connections of one {owner} ({setting})");
    Refusal::rate_limited(message, 1)
}
