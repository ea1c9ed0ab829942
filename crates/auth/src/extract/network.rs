//! The networks of a client's address, from the address itself to the largest.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv6Net};

/// The lengths of IPv6 prefixes that one customer may have, from one address to the largest, and
/// the weight of each, by which its limit exceeds that of one address. An attacker may use every
/// address of a network; the weights keep one client from locking out the others of a network.
const STEPS: [(u8, u32); 4] = [(128, 1), (64, 2), (56, 4), (48, 8)];

/// A network of a client's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    /// E.g. `2001:db8::/48`; of IPv4 the address alone.
    pub(crate) text: String,
    /// The factor of the limit of one address.
    pub(crate) weight: u32,
}

/// The networks of an address, the smallest first. For IPv4, where many customers share a
/// network, only the address. All clients without a known address share one network.
pub(super) fn networks(address: Option<IpAddr>) -> Vec<Network> {
    match address.map(|address| address.to_canonical()) {
        Some(IpAddr::V6(address)) => {
            let network = |(length, weight)| {
                let network = IpNet::V6(Ipv6Net::new(address, length).ok()?).trunc();
                Some(Network { text: network.to_string(), weight })
            };
            STEPS.into_iter().filter_map(network).collect()
        }
        Some(address) => vec![Network { text: address.to_string(), weight: 1 }],
        None => vec![Network { text: String::new(), weight: 1 }],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv6_widens_in_steps() {
        let found = |address: &str| -> Vec<_> {
            let networks = networks(Some(address.parse().unwrap())).into_iter();
            networks.map(|network| (network.text, network.weight)).collect()
        };
        let expected = [
            ("2001:db8:1:2:3:4:5:6/128", 1),
            ("2001:db8:1:2::/64", 2),
            ("2001:db8:1::/56", 4),
            ("2001:db8:1::/48", 8),
        ];
        assert_eq!(
            found("2001:db8:1:2:3:4:5:6"),
            expected.map(|(text, weight)| (text.to_owned(), weight))
        );
        for address in ["192.0.2.7", "::ffff:192.0.2.7"] {
            assert_eq!(found(address), [("192.0.2.7".to_owned(), 1)]);
        }
        assert_eq!(networks(None).len(), 1);
    }
}
