//! How much of one client is executed at a time, and over time.
//!
//! A client is a user, or an address for whoever is not signed in. Each operation takes
//! a place, which is given back when its answer is sent, its client hangs up or it
//! panics; and as many points as its complexity says, before anything is executed.

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt, mem,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use auth::{Address, Auth, limit::Points};
use axum::{
    body::Body,
    http::{request::Parts, response::Response},
};
use domain::UserId;
use graphql::{MemoryPool, Reservation, Viewer};

use super::response::Refusal;
use crate::config::GraphqlLimits;

/// What every operation costs beside its complexity: it is received, parsed, looked up
/// and answered.
const BASE: usize = 100;
/// How many bytes of answers may wait until one client reads them: half of what all have
/// together, so that clients who read slowly leave the others the rest.
const WAITING: usize = MemoryPool::BYTES / 2;

/// Who may be executed.
pub(crate) struct ConcurrencyLimiter {
    running: Arc<Running>,
    points: Option<Points>,
}

struct Running {
    most: u32,
    clients: Mutex<HashMap<Client, Taken>>,
}

/// What a client takes.
#[derive(Debug, Default)]
struct Taken {
    places: u32,
    /// Bytes of the long answers that wait to be sent.
    waiting: usize,
}

/// Who asks, as far as clients are told apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Client {
    User(UserId),
    /// Of somebody who is not signed in; those of whom it is not known are one.
    Address(Option<Address>),
}

impl Client {
    pub(super) fn of(auth: &Auth, parts: &Parts, viewer: &Viewer) -> Self {
        match &viewer.0 {
            Some(user) => Self::User(user.id.clone()),
            None => Self::Address(auth.address(&parts.extensions, &parts.headers)),
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
    pub(crate) fn new(limits: &GraphqlLimits, auth: &Auth) -> Self {
        let running = Running { most: limits.concurrent, clients: Mutex::default() };
        Self { running: Arc::new(running), points: limits.rate.map(|rate| auth.points(rate)) }
    }

    /// Lets an operation of this complexity pass. Fails with `RATE_LIMITED`.
    pub(crate) async fn admit(
        &self,
        client: Client,
        complexity: usize,
    ) -> Result<ConcurrencyPermit, Refusal> {
        let place = self.running.enter(client).ok_or_else(|| self.running.full())?;
        if let Some(points) = &self.points {
            let taken = points.take(&place.client, complexity.saturating_add(BASE)).await;
            taken.map_err(|seconds| {
                let message = "too much was asked in a short time (GRAPHQL_RATE_LIMIT_COST)";
                Refusal::rate_limited(message, seconds)
            })?;
        }
        Ok(place)
    }
}

impl Running {
    fn enter(self: &Arc<Self>, client: Client) -> Option<ConcurrencyPermit> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = clients.entry(client.clone()).or_default();
        if taken.places >= self.most || taken.waiting >= WAITING {
            return None;
        }
        taken.places += 1;
        let waiting = AtomicUsize::new(0);
        Some(ConcurrencyPermit { running: Arc::clone(self), client, reservation: None, waiting })
    }

    fn wait(&self, client: &Client, bytes: usize) {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = clients.get_mut(client) {
            taken.waiting += bytes;
        }
    }

    fn leave(&self, client: Client, waiting: usize) {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut taken) = clients.entry(client) {
            taken.get_mut().places -= 1;
            taken.get_mut().waiting -= waiting;
            if taken.get().places == 0 {
                taken.remove();
            }
        }
    }

    fn full(&self) -> Refusal {
        let most = self.most;
        let message = format!(
            "more than {most} operations at the same time, or answers that are not read (GRAPHQL_MAX_CONCURRENT)"
        );
        Refusal::rate_limited(message, 1)
    }
}

/// One operation's place; given back when it is dropped.
pub(crate) struct ConcurrencyPermit {
    running: Arc<Running>,
    client: Client,
    /// The memory that its answer has.
    reservation: Option<Arc<Reservation>>,
    /// Bytes of its answer, once it waits to be sent.
    waiting: AtomicUsize,
}

impl Drop for ConcurrencyPermit {
    fn drop(&mut self) {
        let client = mem::replace(&mut self.client, Client::Address(None));
        self.running.leave(client, *self.waiting.get_mut());
    }
}

impl ConcurrencyPermit {
    /// The same place, which holds the memory of its answer, too.
    pub(super) fn holding(self, reservation: Arc<Reservation>) -> Self {
        let mut place = self;
        place.reservation = Some(reservation);
        place
    }

    /// Says that the answer, of so many bytes, waits to be sent: nothing else of the
    /// memory is needed any more.
    pub(super) fn wait(&self, bytes: usize) {
        if let Some(reservation) = &self.reservation {
            reservation.shrink_to(bytes);
        }
        let before = self.waiting.swap(bytes, Ordering::Relaxed);
        if before == 0 {
            self.running.wait(&self.client, bytes);
        }
    }

    /// Goes with the response, which is not in its last form yet.
    pub(super) fn with(self, mut response: Response<Body>) -> Response<Body> {
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_by_client_and_given_back() {
        let running = Arc::new(Running { most: 2, clients: Mutex::default() });
        let enter = |name: &str| running.enter(Client::User(name.into()));
        let (first, second) = (enter("ann").unwrap(), enter("ann").unwrap());
        assert!(enter("ann").is_none() && enter("bob").is_some());
        drop(first);
        let third = enter("ann").unwrap();
        assert!(enter("ann").is_none());
        drop((second, third));
        assert!(running.clients.lock().unwrap().is_empty());
    }

    #[test]
    fn a_place_is_given_back_when_its_operation_panics() {
        let running = Arc::new(Running { most: 1, clients: Mutex::default() });
        let place = running.enter(Client::Address(None)).unwrap();
        let panicked = std::thread::spawn(move || {
            let _place = place;
            panic!("on purpose");
        });
        assert!(panicked.join().is_err());
        assert!(running.enter(Client::Address(None)).is_some());
    }
}
