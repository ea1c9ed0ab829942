//! Limits of the operations that one client executes concurrently, and over time.
//!
//! A client is a user, or an address without a session or with the session of a guest. Each operation holds a permit until
//! its response is sent, its client disconnects or it panics. Before its execution, an
//! operation also spends as many points as its complexity.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use auth::{Address, Auth, limit::Points};
use axum::{
    body::Body,
    http::{request::Parts, response::Response},
};
use domain::UserId;
use graphql::{MemoryPool, Reservation, Viewer};

use super::{
    keyed_limiter::{KeyedLimiter, Lease},
    response::Refusal,
};
use crate::config::GraphqlLimits;

/// Points of every operation in addition to its complexity: for receiving, parsing and
/// responding.
const BASE_POINTS: usize = 100;
/// Maximum unsent bytes of one client's long responses: half of all clients' memory, so that slow
/// readers leave the rest to others.
const MAX_UNSENT_BYTES: usize = MemoryPool::BYTES / 2;

/// Issues permits for operations.
pub(super) struct ConcurrencyLimiter {
    limit: u32,
    running: KeyedLimiter<Client>,
    /// Bytes of unsent long responses by client.
    unsent: KeyedLimiter<Client>,
    points: Option<Points>,
}

/// The unit by which operations are limited.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Client {
    User(UserId),
    /// Requests without a session, and of guests, of whom one client can make any number. All
    /// requests whose address is unknown are one client.
    Address(Option<Address>),
}

impl Client {
    pub(super) fn of(auth: &Auth, parts: &Parts, viewer: &Viewer) -> Self {
        match &viewer.0 {
            Some(user) if !user.is_guest => Self::User(user.id.clone()),
            _ => Self::Address(auth.address(&parts.extensions, &parts.headers)),
        }
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "user|{id}"),
            Self::Address(Some(address)) => address.fmt(f),
            Self::Address(None) => Ok(()),
        }
    }
}

impl ConcurrencyLimiter {
    pub(super) fn new(limits: &GraphqlLimits, auth: &Auth) -> Self {
        Self {
            limit: limits.concurrent,
            running: KeyedLimiter::default(),
            unsent: KeyedLimiter::default(),
            points: limits.rate.map(|rate| auth.points(rate)),
        }
    }

    /// Issues a permit for an operation of this complexity. Fails with `RATE_LIMITED`.
    pub(super) async fn acquire(
        &self,
        client: Client,
        complexity: usize,
    ) -> Result<ConcurrencyPermit, Refusal> {
        if self.unsent.amount_of(&client) >= MAX_UNSENT_BYTES {
            return Err(self.full());
        }
        let running = self.running.acquire(client, self.limit).ok_or_else(|| self.full())?;
        if let Some(points) = &self.points {
            let taken = points.take(running.key(), complexity.saturating_add(BASE_POINTS)).await;
            taken.map_err(|seconds| {
                let message =
                    "too many points of complexity in a short time (GRAPHQL_RATE_LIMIT_COST)";
                Refusal::rate_limited(message, seconds)
            })?;
        }
        let unsent = self.unsent.clone();
        Ok(ConcurrencyPermit {
            running,
            reservation: None,
            limiter: unsent,
            unsent: OnceLock::new(),
        })
    }

    fn full(&self) -> Refusal {
        let limit = self.limit;
        let message = format!(
            "more than {limit} operations at the same time, or answers that are not read (GRAPHQL_MAX_CONCURRENT)"
        );
        Refusal::rate_limited(message, 1)
    }
}

/// The permission to execute one operation, returned when it is dropped.
pub(super) struct ConcurrencyPermit {
    running: Lease<Client>,
    /// The memory of the response.
    reservation: Option<Arc<Reservation>>,
    limiter: KeyedLimiter<Client>,
    /// The size of the response, while a long response is being sent.
    unsent: OnceLock<Lease<Client>>,
}

impl ConcurrencyPermit {
    /// Returns the permit with the memory of its response.
    pub(super) fn holding(self, reservation: Arc<Reservation>) -> Self {
        Self { reservation: Some(reservation), ..self }
    }

    /// Counts a response of `bytes` as unsent, and releases the memory beyond them.
    pub(super) fn count_unsent(&self, bytes: usize) {
        if let Some(reservation) = &self.reservation {
            reservation.shrink_to(bytes);
        }
        self.unsent.get_or_init(|| {
            let mut lease = self.limiter.lease(self.running.key().clone());
            lease.grow(bytes);
            lease
        });
    }

    /// Attaches the permit to a response that is not complete yet.
    pub(super) fn attach(self, mut response: Response<Body>) -> Response<Body> {
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}
