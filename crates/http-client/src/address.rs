//! The addresses to which requests are sent.
//!
//! A server's host is public, unless the settings allow private addresses or the URL names a
//! loopback host. Addresses that no server has are never allowed: link-local ones, the metadata
//! services of clouds, multicast, reserved ranges.
//!
//! Sources: the IANA special-purpose address registries (RFC 6890), and the addresses of metadata
//! services in the documents of AWS, Azure, Google Cloud, Oracle Cloud and Alibaba Cloud.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::Host;

/// Where an address leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    Public,
    /// This machine.
    Loopback,
    /// A network of an organization or of a carrier.
    Private,
    /// No server is there.
    Reserved,
}

/// Metadata services with addresses in private or public ranges; the others are link-local.
const METADATA: [IpAddr; 4] = [
    // Azure, Alibaba Cloud, AWS, Google Cloud.
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
];

/// The addresses that are allowed for a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// The URL names this machine.
    Loopback,
    Public,
    /// Public, private and loopback addresses.
    PublicOrPrivate,
}

impl Rule {
    /// The rule for a host of a URL. `private` is the setting that allows private addresses.
    pub(super) fn of(host: &Host<&str>, private: bool) -> Self {
        match private {
            _ if is_loopback(host) => Self::Loopback,
            true => Self::PublicOrPrivate,
            false => Self::Public,
        }
    }

    /// Whether a request may be sent to this address.
    pub(super) fn allows(self, address: IpAddr) -> bool {
        match scope(address) {
            Scope::Public => self != Self::Loopback,
            Scope::Loopback => self != Self::Public,
            Scope::Private => self == Self::PublicOrPrivate,
            Scope::Reserved => false,
        }
    }
}

/// Whether a host is a loopback address, `localhost`, or a name below it (RFC 6761, section 6.3).
///
/// IPv4-mapped addresses are none: no URL needs them, and they hide a loopback address.
pub fn is_loopback<S: AsRef<str>>(host: &Host<S>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.as_ref();
            let name = name.strip_suffix('.').unwrap_or(name);
            name == "localhost" || name.ends_with(".localhost")
        }
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

fn scope(address: IpAddr) -> Scope {
    if METADATA.contains(&address) {
        return Scope::Reserved;
    }
    match address {
        IpAddr::V4(address) => scope_v4(address),
        IpAddr::V6(address) => scope_v6(address),
    }
}

fn scope_v4(address: Ipv4Addr) -> Scope {
    match address.octets() {
        [127, ..] => Scope::Loopback,
        // Private; shared by a carrier's clients; benchmarks, which some proxies use as private.
        [10, ..]
        | [192, 168, ..]
        | [172, 16..=31, ..]
        | [100, 64..=127, ..]
        | [198, 18 | 19, ..] => Scope::Private,
        // This network, which leads to loopback; link-local; protocols; documents; 6to4 relays;
        // multicast and reserved.
        [0 | 224..=255, ..]
        | [169, 254, ..]
        | [192, 0, 0 | 2, _]
        | [198, 51, 100, _]
        | [203, 0, 113, _]
        | [192, 88, 99, _] => Scope::Reserved,
        _ => Scope::Public,
    }
}

fn scope_v6(address: Ipv6Addr) -> Scope {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => Scope::Loopback,
        // IPv4-mapped, and translated by NAT64 (RFC 6052): the address inside decides.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            scope(IpAddr::V4(Ipv4Addr::new(a, b, c, d)))
        }
        // Unique local, and site-local before RFC 3879; NAT64 of an organization (RFC 8215).
        [0xfc00..=0xfdff | 0xfec0..=0xfeff, ..] | [0x64, 0xff9b, 1, ..] => Scope::Private,
        // Protocols, with Teredo; documents; 6to4.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] | [0x2002, ..] => Scope::Reserved,
        // Global unicast.
        [0x2000..=0x3fff, ..] => Scope::Public,
        _ => Scope::Reserved,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: [&str; 8] = [
        "1.1.1.1",
        "172.15.255.255",
        "172.32.0.1",
        "100.63.255.255",
        "100.128.0.1",
        "192.0.1.1",
        "2606:4700:4700::1111",
        "::ffff:8.8.8.8",
    ];
    const LOOPBACK: [&str; 5] =
        ["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"];
    const PRIVATE: [&str; 13] = [
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "100.127.255.255",
        "198.18.0.1",
        "fc00::1",
        "fd12:3456::1",
        "fec0::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
    ];
    const RESERVED: [&str; 26] = [
        "0.0.0.0",
        "0.1.2.3",
        "169.254.169.254",
        "192.0.0.192",
        "192.0.2.1",
        "198.51.100.1",
        "203.0.113.1",
        "192.88.99.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "168.63.129.16",
        "100.100.100.200",
        "::",
        "::7f00:1",
        "::ffff:169.254.169.254",
        "::ffff:0.0.0.0",
        "fe80::1",
        "ff02::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "fd00:ec2::254",
        "fd20:ce::254",
    ];

    #[test]
    fn each_rule_allows_its_addresses() {
        let scopes = [&PUBLIC[..], &LOOPBACK, &PRIVATE, &RESERVED];
        for (rule, allowed) in [
            (Rule::Public, [true, false, false, false]),
            (Rule::PublicOrPrivate, [true, true, true, false]),
            (Rule::Loopback, [false, true, false, false]),
        ] {
            for (addresses, allowed) in scopes.iter().zip(allowed) {
                for address in *addresses {
                    assert_eq!(
                        rule.allows(address.parse().unwrap()),
                        allowed,
                        "{rule:?} {address}"
                    );
                }
            }
        }
    }

    #[test]
    fn hosts_of_this_machine_have_loopback_addresses() {
        for (url, is_loopback) in [
            ("http://localhost:3000", true),
            ("http://LOCALHOST.", true),
            ("http://idp.localhost", true),
            ("http://127.1.2.3", true),
            // Other spellings of 127.0.0.1.
            ("http://2130706433", true),
            ("http://0x7f.1", true),
            ("http://[::1]", true),
            ("http://localhost.example.com", false),
            ("http://notlocalhost", false),
            ("http://[::ffff:127.0.0.1]", false),
            ("http://0.0.0.0", false),
        ] {
            let url = url::Url::parse(url).unwrap();
            let rule = Rule::of(&url.host().unwrap(), true);
            assert_eq!(rule == Rule::Loopback, is_loopback, "{url}");
        }
    }
}
