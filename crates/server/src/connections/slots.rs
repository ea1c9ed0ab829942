//! Places: how many connections there are, and how many of one address.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::config::ConnectionLimits;

/// How long nothing more is logged of connections that find no place.
const QUIET: Duration = Duration::from_mins(1);

/// The lengths of IPv6 prefixes that one customer may have, and how many times the share of
/// one address such a network has. An IPv4 address has its own.
const NETWORKS: [(u32, usize); 3] = [(64, 1), (56, 2), (48, 4)];

/// A network by its first address, as a number, and the length of its prefix.
type Network = (u128, u32);

/// The networks of an address that have a share, and how many times that of one address.
fn networks(address: IpAddr) -> Vec<(Network, usize)> {
    match address.to_canonical() {
        IpAddr::V4(address) => vec![((address.to_ipv6_mapped().to_bits(), 128), 1)],
        IpAddr::V6(address) => NETWORKS
            .map(|(length, times)| ((address.to_bits() & !(u128::MAX >> length), length), times))
            .to_vec(),
    }
}

/// The places of all connections.
pub(super) struct Places {
    limits: ConnectionLimits,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    by_network: HashMap<Network, usize>,
    /// When it was logged that there was none left.
    logged: Option<Instant>,
}

impl Places {
    pub(super) fn new(limits: ConnectionLimits) -> Self {
        Self { limits, taken: Mutex::default() }
    }

    /// A place, if there is one left; of an address that has a share, one of these.
    pub(super) fn take(places: &Arc<Self>, address: Option<IpAddr>) -> Option<Place> {
        let mut taken = places.lock();
        let ConnectionLimits { most, per_address, .. } = places.limits;
        let networks = address.map(networks).unwrap_or_default();
        let has_its_share = networks.iter().any(|(network, times)| {
            let own = taken.by_network.get(network).copied();
            own.unwrap_or_default() >= per_address.saturating_mul(*times)
        });
        let full = if has_its_share {
            "HTTP_MAX_CONNECTIONS_PER_ADDRESS of one address; if it is your proxy, set \
             AUTH_TRUSTED_PROXIES"
        } else if taken.all >= most {
            "HTTP_MAX_CONNECTIONS"
        } else {
            taken.all += 1;
            let networks: Vec<_> = networks.into_iter().map(|(network, _)| network).collect();
            for network in &networks {
                *taken.by_network.entry(*network).or_default() += 1;
            }
            return Some(Place { places: Arc::clone(places), networks });
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
    /// Those that have a share.
    networks: Vec<Network>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        taken.all -= 1;
        for network in &self.networks {
            if let Some(own) = taken.by_network.get_mut(network) {
                *own -= 1;
                if *own == 0 {
                    taken.by_network.remove(network);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(most: usize, per_address: usize) -> Arc<Places> {
        let time = Duration::from_secs(1);
        let (head, keep_alive, body, send) = (time, time, time, time);
        let limits = ConnectionLimits { most, per_address, head, keep_alive, body, send };
        Arc::new(Places::new(limits))
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
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
    fn nor_does_who_has_many_networks_of_ipv6_have_many_shares() {
        let places = places(100, 2);
        let take = |text: String| Places::take(&places, Some(address(&text)));
        let of_56: Vec<_> = (0..9).filter_map(|it| take(format!("2001:db8:1:{it}::1"))).collect();
        assert_eq!(of_56.len(), 4);
        let of_48: Vec<_> =
            (1..99).filter_map(|it| take(format!("2001:db8:1:{it:02x}00::1"))).collect();
        assert_eq!(of_48.len(), 4);
        assert!(take("2001:db8:2::1".to_owned()).is_some());
    }

    #[test]
    fn whoever_has_no_share_may_take_all_places() {
        let places = places(3, 1);
        let taken: Vec<_> = (0..3).map(|_| Places::take(&places, None).unwrap()).collect();
        assert!(Places::take(&places, None).is_none());
        assert!(Places::take(&places, Some(address("192.0.2.7"))).is_none());
        drop(taken);
        let taken = places.lock();
        assert!(taken.all == 0 && taken.by_network.is_empty());
    }
}
