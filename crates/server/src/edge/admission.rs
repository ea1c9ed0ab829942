//! How much of one client is executed at a time, and over time.
//!
//! A client is a user, or an address for whoever is not signed in. Each operation takes
//! a place, which is given back when its answer is sent, its client hangs up or it
//! panics; and as many points as its complexity says, before anything is executed.

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt, mem,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use auth::{Address, Auth, limit::Points};
use axum::{
    body::{Body, Bytes, HttpBody},
    http::{request::Parts, response::Response},
};
use domain::UserId;
use graphql::{Reservation, Viewer};
use http_body::{Frame, SizeHint};

use super::response::Refusal;
use crate::config::GraphqlLimits;

/// What every operation costs beside its complexity: it is received, parsed, looked up
/// and answered.
const BASE: usize = 100;
/// A connection takes this much of an answer at once, whether its client reads or not.
const SMALL: u64 = 64 * 1024;

/// Who may be executed.
pub(crate) struct Admission {
    running: Arc<Running>,
    points: Option<Points>,
}

struct Running {
    most: u32,
    clients: Mutex<HashMap<Client, u32>>,
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

impl Admission {
    pub(crate) fn new(limits: &GraphqlLimits, auth: &Auth) -> Self {
        let running = Running { most: limits.concurrent, clients: Mutex::default() };
        Self { running: Arc::new(running), points: limits.rate.map(|rate| auth.points(rate)) }
    }

    /// Lets an operation of this complexity pass. Fails with `RATE_LIMITED`.
    pub(crate) async fn admit(&self, client: Client, complexity: usize) -> Result<Place, Refusal> {
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
    fn enter(self: &Arc<Self>, client: Client) -> Option<Place> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let count = clients.entry(client.clone()).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Place { running: Arc::clone(self), client, reservation: None })
    }

    fn leave(&self, client: Client) {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut count) = clients.entry(client) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }

    fn full(&self) -> Refusal {
        let most = self.most;
        let message =
            format!("more than {most} operations at the same time (GRAPHQL_MAX_CONCURRENT)");
        Refusal::rate_limited(message, 1)
    }
}

/// One operation's place; given back when it is dropped.
pub(crate) struct Place {
    running: Arc<Running>,
    client: Client,
    /// The memory that its answer has.
    reservation: Option<Arc<Reservation>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.running.leave(mem::replace(&mut self.client, Client::Address(None)));
    }
}

impl Place {
    /// The same place, which holds the memory of its answer, too.
    pub(super) fn holding(self, reservation: Arc<Reservation>) -> Self {
        let mut place = self;
        place.reservation = Some(reservation);
        place
    }

    /// Keeps the place until a long answer is sent: it fills memory for as long as its
    /// client does not read.
    pub(super) fn until_sent(self, response: Response<Body>) -> Response<Body> {
        if response.body().size_hint().upper().is_some_and(|bytes| bytes <= SMALL) {
            return response;
        }
        let bytes = response.body().size_hint().exact();
        if let (Some(reservation), Some(bytes)) = (&self.reservation, bytes) {
            reservation.shrink_to(usize::try_from(bytes).unwrap_or(usize::MAX));
        }
        response.map(|body| Body::new(Sending { body, _place: self }))
    }
}

/// A body on its way.
struct Sending {
    body: Body,
    _place: Place,
}

impl HttpBody for Sending {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(task)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
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
