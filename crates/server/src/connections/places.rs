//! Places: how many connections there are, and how many of one address.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use auth::Address;
use tokio::time::Instant;

use crate::config::ConnectionLimits;

/// How long nothing more is logged of connections that find no place.
const QUIET: Duration = Duration::from_mins(1);

/// The places of all connections.
pub(super) struct Places {
    limits: ConnectionLimits,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    by_address: HashMap<Address, usize>,
    /// When it was logged that there was none left.
    logged: Option<Instant>,
}

impl Places {
    pub(super) fn new(limits: ConnectionLimits) -> Self {
        Self { limits, taken: Mutex::default() }
    }

    /// A place, if there is one left; of an address that has a share, one of these.
    pub(super) fn take(places: &Arc<Self>, address: Option<Address>) -> Option<Place> {
        let mut taken = places.lock();
        let ConnectionLimits { most, per_address, .. } = places.limits;
        let own = address.and_then(|address| taken.by_address.get(&address).copied());
        let full = if own.unwrap_or_default() >= per_address {
            "HTTP_MAX_CONNECTIONS_PER_ADDRESS of one address; if it is your proxy, set \
             AUTH_TRUSTED_PROXIES"
        } else if taken.all >= most {
            "HTTP_MAX_CONNECTIONS"
        } else {
            taken.all += 1;
            if let Some(address) = address {
                *taken.by_address.entry(address).or_default() += 1;
            }
            return Some(Place { places: Arc::clone(places), address });
        };
        if taken.logged.is_none_or(|logged| logged.elapsed() >= QUIET) {
            taken.logged = Some(Instant::now());
            tracing::warn!("connections are refused, as there are more than {full}");
        }
        None
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection's place; given back when it is dropped.
pub(super) struct Place {
    places: Arc<Places>,
    address: Option<Address>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        taken.all -= 1;
        let Some(address) = self.address else { return };
        if let Some(own) = taken.by_address.get_mut(&address) {
            *own -= 1;
            if *own == 0 {
                taken.by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn places(most: usize, per_address: usize) -> Arc<Places> {
        let time = Duration::from_secs(1);
        let (head, keep_alive, body, send) = (time, time, time, time);
        let limits = ConnectionLimits { most, per_address, head, keep_alive, body, send };
        Arc::new(Places::new(limits))
    }

    fn address(text: &str) -> Address {
        text.parse::<IpAddr>().unwrap().into()
    }

    #[test]
    fn one_address_has_a_share_and_gets_its_places_back() {
        let places = places(10, 2);
        let take = |text| Places::take(&places, Some(address(text)));
        let first = take("192.0.2.7").unwrap();
        let _second = take("::ffff:192.0.2.7").unwrap();
        assert!(take("192.0.2.7").is_none());
        assert!(take("192.0.2.8").is_some());
        drop(first);
        assert!(take("192.0.2.7").is_some());
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let places = places(10, 2);
        let take = |text| Places::take(&places, Some(address(text)));
        let _both = (take("2001:db8:1:2::1").unwrap(), take("2001:db8:1:2::2").unwrap());
        assert!(take("2001:db8:1:2:ffff::3").is_none());
        assert!(take("2001:db8:1:3::1").is_some());
    }

    #[test]
    fn whoever_has_no_share_may_take_all_places() {
        let places = places(3, 1);
        let taken: Vec<_> = (0..3).map(|_| Places::take(&places, None).unwrap()).collect();
        assert!(Places::take(&places, None).is_none());
        assert!(Places::take(&places, Some(address("192.0.2.7"))).is_none());
        drop(taken);
        let taken = places.lock();
        assert!(taken.all == 0 && taken.by_address.is_empty());
    }
}
