//! Connection slots: the limits of open connections, in total and per address.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::config::ConnectionLimits;

/// The least time between two log lines about refused connections.
const LOG_PAUSE: Duration = Duration::from_mins(1);

/// Lengths of IPv6 prefixes that one customer may have, and the quota of such a network as a
/// multiple of `per_address`. An IPv4 address has a quota of its own.
const NETWORKS: [(u32, usize); 3] = [(64, 1), (56, 2), (48, 4)];

/// A network: its first address as a number, and the length of its prefix.
type Network = (u128, u32);

/// The networks of an address that have a quota, and its multiple of `per_address`.
fn networks(address: IpAddr) -> Vec<(Network, usize)> {
    match address.to_canonical() {
        IpAddr::V4(address) => vec![((address.to_ipv6_mapped().to_bits(), 128), 1)],
        IpAddr::V6(address) => NETWORKS
            .map(|(length, times)| ((address.to_bits() & !(u128::MAX >> length), length), times))
            .to_vec(),
    }
}

/// The slots of all connections.
pub(super) struct ConnectionSlots {
    limits: ConnectionLimits,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    by_network: HashMap<Network, usize>,
    /// When a refused connection was logged last.
    logged: Option<Instant>,
}

impl ConnectionSlots {
    pub(super) fn new(limits: ConnectionLimits) -> Self {
        Self { limits, taken: Mutex::default() }
    }

    /// Takes a slot, unless none is left in total or, if `address` has a quota, in its quota.
    pub(super) fn take(slots: &Arc<Self>, address: Option<IpAddr>) -> Option<ConnectionSlot> {
        let mut taken = slots.lock();
        let ConnectionLimits { total, per_address, .. } = slots.limits;
        let networks = address.map(networks).unwrap_or_default();
        let is_over_quota = networks.iter().any(|(network, times)| {
            let used = taken.by_network.get(network).copied();
            used.unwrap_or_default() >= per_address.saturating_mul(*times)
        });
        let limit = if is_over_quota {
            "HTTP_MAX_CONNECTIONS_PER_ADDRESS of one address; if it is your proxy, set \
             AUTH_TRUSTED_PROXIES"
        } else if taken.all >= total {
            "HTTP_MAX_CONNECTIONS"
        } else {
            taken.all += 1;
            let networks: Vec<_> = networks.into_iter().map(|(network, _)| network).collect();
            for network in &networks {
                *taken.by_network.entry(*network).or_default() += 1;
            }
            return Some(ConnectionSlot { slots: Arc::clone(slots), networks });
        };
        if taken.logged.is_none_or(|logged| logged.elapsed() >= LOG_PAUSE) {
            taken.logged = Some(Instant::now());
            tracing::warn!("connections are refused, as there are more than {limit}");
        }
        None
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection's slot, released on drop.
pub(super) struct ConnectionSlot {
    slots: Arc<ConnectionSlots>,
    /// The networks whose quota contains the slot.
    networks: Vec<Network>,
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        let mut taken = self.slots.lock();
        taken.all -= 1;
        for network in &self.networks {
            if let Some(used) = taken.by_network.get_mut(network) {
                *used -= 1;
                if *used == 0 {
                    taken.by_network.remove(network);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(total: usize, per_address: usize) -> Arc<ConnectionSlots> {
        let time = Duration::from_secs(1);
        let (head, keep_alive, body, send) = (time, time, time, time);
        let limits = ConnectionLimits { total, per_address, head, keep_alive, body, send };
        Arc::new(ConnectionSlots::new(limits))
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_address_has_a_quota_and_gets_its_slots_back() {
        let slots = slots(10, 2);
        let take = |text| ConnectionSlots::take(&slots, Some(address(text)));
        let first = take("192.0.2.7").unwrap();
        let _second = take("::ffff:192.0.2.7").unwrap();
        assert!(take("192.0.2.7").is_none());
        assert!(take("192.0.2.8").is_some());
        drop(first);
        assert!(take("192.0.2.7").is_some());
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let slots = slots(10, 2);
        let take = |text| ConnectionSlots::take(&slots, Some(address(text)));
        let _both = (take("2001:db8:1:2::1").unwrap(), take("2001:db8:1:2::2").unwrap());
        assert!(take("2001:db8:1:2:ffff::3").is_none());
        assert!(take("2001:db8:1:3::1").is_some());
    }

    #[test]
    fn many_networks_of_ipv6_share_one_quota() {
        let slots = slots(100, 2);
        let take = |text: String| ConnectionSlots::take(&slots, Some(address(&text)));
        let of_56: Vec<_> = (0..9).filter_map(|it| take(format!("2001:db8:1:{it}::1"))).collect();
        assert_eq!(of_56.len(), 4);
        let of_48: Vec<_> =
            (1..99).filter_map(|it| take(format!("2001:db8:1:{it:02x}00::1"))).collect();
        assert_eq!(of_48.len(), 4);
        assert!(take("2001:db8:2::1".to_owned()).is_some());
    }

    #[test]
    fn an_address_without_a_quota_may_take_all_slots() {
        let slots = slots(3, 1);
        let taken: Vec<_> = (0..3).map(|_| ConnectionSlots::take(&slots, None).unwrap()).collect();
        assert!(ConnectionSlots::take(&slots, None).is_none());
        assert!(ConnectionSlots::take(&slots, Some(address("192.0.2.7"))).is_none());
        drop(taken);
        let taken = slots.lock();
        assert!(taken.all == 0 && taken.by_network.is_empty());
    }
}
