//! Subscriptions, whichever way they are carried: by WebSocket ([`super::socket`]), as
//! server-sent events ([`super::sse`]) or as parts of one body
//! ([`super::multipart_stream`]).
//!
//! A connection takes a [`ConnectionQuota`] for its address and one for its user, of which there
//! are so many; it has a [`SessionWatch`], which says who is signed in on it and when that
//! ends; and a [`SubscriptionStream`] for each subscription. Whoever reads too slowly is not waited
//! for: the feed of who is [`services::events::BUFFER`] changes behind ends. So does every
//! feed when this machine did not hear the others for a while ([`crate::nodes`]): clients
//! subscribe again, and ask for what they missed.

mod answers;
mod feed;
mod group;
mod operation;
mod presence;
mod seat;

use std::sync::Arc;

use auth::{Address, Auth};
use axum::http::StatusCode;
use services::ChangeBus;
use tokio::sync::watch;

pub(super) use self::{
    feed::{ClientContext, Lag, NotOpened, StreamItem, SubscriptionStream},
    operation::{Action, Operations, OutboundMessage},
    presence::{SessionState, SessionWatch},
    seat::ConnectionQuota,
};
use self::{group::Groups, presence::Sessions, seat::ConnectionCounts};
use super::response::{Refusal, bad_request};
use crate::{Config, config::Subscriptions};

/// What all connections that stay open share.
pub(crate) struct Live {
    pub(super) settings: Subscriptions,
    /// Sockets and streams of all together.
    most: u32,
    events: ChangeBus,
    groups: Groups,
    pub(super) sessions: Sessions,
    seats: Arc<ConnectionCounts>,
    /// Whether the server ends; whoever listens is open.
    ending: watch::Sender<bool>,
}

impl Live {
    /// Must be called within a Tokio runtime.
    pub(super) fn new(config: &Config, events: ChangeBus, auth: &Auth) -> Self {
        Self {
            settings: config.subscriptions,
            most: u32::try_from(config.connections.total).unwrap_or(u32::MAX),
            events,
            groups: Groups::default(),
            sessions: Sessions::new(auth.clone()),
            seats: Arc::default(),
            ending: watch::Sender::new(false),
        }
    }

    /// A seat in the house and one of an address, which is the same for all of whom none
    /// is known.
    pub(super) fn seats_at(
        &self,
        address: Option<Address>,
    ) -> Result<Vec<ConnectionQuota>, Refusal> {
        let house = ConnectionCounts::take(&self.seats, "house".to_owned(), self.most);
        let house = house.ok_or_else(|| {
            let message = "too many open connections (HTTP_MAX_CONNECTIONS)";
            bad_request(message).with(StatusCode::SERVICE_UNAVAILABLE, "SERVICE_UNAVAILABLE")
        })?;
        let address = address.map(|address| address.to_string()).unwrap_or_default();
        let name = format!("address|{address}");
        let most = self.settings.per_address;
        let own =
            ConnectionCounts::take(&self.seats, name, most).ok_or_else(|| full("address", most))?;
        Ok(vec![house, own])
    }

    /// A seat of the user who is signed in; `None` for nobody.
    pub(super) fn seat_of(
        &self,
        presence: &SessionWatch,
    ) -> Result<Option<ConnectionQuota>, Refusal> {
        let Some(user) = presence.user() else { return Ok(None) };
        let (name, most) = (format!("user|{}", user.id), self.settings.per_user);
        ConnectionCounts::take(&self.seats, name, most).map(Some).ok_or_else(|| full("user", most))
    }

    /// Becomes true when the server ends. It waits until this is dropped.
    pub(super) fn ending(&self) -> watch::Receiver<bool> {
        self.ending.subscribe()
    }

    /// Ends every connection, and waits until all have ended.
    pub(crate) async fn end(&self) {
        self.ending.send_replace(true);
        self.ending.closed().await;
    }
}

fn full(who: &str, most: u32) -> Refusal {
    let setting = format!("GRAPHQL_SUBSCRIPTIONS_PER_{}", who.to_uppercase());
    Refusal::rate_limited(format!("more than {most} open connections of one {who} ({setting})"), 1)
}
