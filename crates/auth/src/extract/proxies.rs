//! Trusted proxies, and the client's address behind them.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

use axum::{
    extract::ConnectInfo,
    http::{Extensions, HeaderMap, HeaderName, header::FORWARDED},
};
use ipnet::{IpNet, Ipv4Net};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");
/// The length of the prefix of IPv4 addresses within IPv6: `::ffff:0:0/96`.
const MAPPED: u8 = 96;

/// The address or network of trusted proxies: `10.0.0.7`, `10.0.0.0/8`, `fd00::/8`. The network
/// of all addresses, `0.0.0.0/0`, is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrustedProxy(IpNet);

impl FromStr for TrustedProxy {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "must be an address or a network";
        let text = text.trim();
        let net = match text.parse::<IpAddr>() {
            Ok(address) => IpNet::from(address),
            Err(_) => text.parse().map_err(|_| EXPECTED)?,
        };
        let net = canonical(net);
        if net.prefix_len() == 0 {
            return Err("must not contain all addresses");
        }
        Ok(Self(net))
    }
}

/// The form of the settings: a network, or an address without a prefix length.
impl fmt::Display for TrustedProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.prefix_len() == self.0.max_prefix_len() {
            self.0.addr().fmt(f)
        } else {
            self.0.fmt(f)
        }
    }
}

/// Converts IPv4 networks that are written as IPv6.
fn canonical(net: IpNet) -> IpNet {
    let (IpAddr::V4(address), Some(length)) =
        (net.network().to_canonical(), net.prefix_len().checked_sub(MAPPED))
    else {
        return net.trunc();
    };
    match (net, Ipv4Net::new(address, length)) {
        (IpNet::V6(_), Ok(mapped)) => IpNet::V4(mapped).trunc(),
        (net, _) => net.trunc(),
    }
}

/// The address that identifies a client: of IPv6 the /64 network, which usually belongs to one
/// household or server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address(IpAddr);

impl From<IpAddr> for Address {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = address.to_bits() & (u128::MAX << 64);
                Ipv6Addr::from_bits(network).into()
            }
            address @ IpAddr::V4(_) => address,
        })
    }
}

/// The form of better-auth, so that both count in one row: IPv6 with every digit.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => address.fmt(f),
            IpAddr::V6(address) => {
                let segments = address.segments().map(|segment| format!("{segment:04x}"));
                f.write_str(&segments.join(":"))
            }
        }
    }
}

/// The trusted proxies.
#[derive(Debug)]
pub(crate) struct Proxies(Vec<TrustedProxy>);

impl Proxies {
    pub(crate) fn new(trusted: Vec<TrustedProxy>) -> Self {
        Self(trusted)
    }

    /// The address that identifies the client of a request.
    pub(crate) fn client(&self, extensions: &Extensions, headers: &HeaderMap) -> Option<Address> {
        self.address(extensions, headers).map(Address::from)
    }

    /// The client's address: the peer of the connection or, if that is a trusted proxy, the last
    /// address of `X-Forwarded-For` that is no trusted proxy. Earlier addresses are the client's
    /// own claim. An invalid address ends the search at the proxy that forwarded it.
    pub(super) fn address(&self, extensions: &Extensions, headers: &HeaderMap) -> Option<IpAddr> {
        let mut client = peer(extensions)?;
        let lines = headers.get_all(X_FORWARDED_FOR).iter().rev();
        let mut hops = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
        while self.trusts(client)
            && let Some(hop) = hops.next().and_then(address)
        {
            client = hop;
        }
        Some(client)
    }

    /// The peer of the connection, if it forwards requests and is not trusted.
    pub(crate) fn untrusted(&self, extensions: &Extensions, headers: &HeaderMap) -> Option<IpAddr> {
        let forwards =
            [X_FORWARDED_FOR, FORWARDED, X_REAL_IP].iter().any(|name| headers.contains_key(name));
        peer(extensions).filter(|peer| forwards && !self.trusts(*peer))
    }

    /// Whether this address, in its canonical form, is a trusted proxy.
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|proxy| proxy.0.contains(&address))
    }
}

/// The peer of the connection.
fn peer(extensions: &Extensions) -> Option<IpAddr> {
    let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(peer.ip().to_canonical())
}

/// Parses one hop of the header: an address, perhaps with a port or in brackets.
fn address(hop: &[u8]) -> Option<IpAddr> {
    let hop = str::from_utf8(hop).ok()?.trim();
    let bare = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok().map(Ipv6Addr::into);
    let address = hop.parse().ok().or_else(|| Some(hop.parse::<SocketAddr>().ok()?.ip()));
    let address = address.or_else(bare).map(|address| address.to_canonical());
    address.filter(|address| !is_reserved(*address))
}

/// Whether no client can have this address.
fn is_reserved(address: IpAddr) -> bool {
    address.is_unspecified() || address == IpAddr::V4(Ipv4Addr::BROADCAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(list: &[&str]) -> Proxies {
        Proxies::new(list.iter().map(|proxy| proxy.parse().unwrap()).collect())
    }

    fn client(proxies: &Proxies, peer: &str, lines: &[&str]) -> String {
        let mut extensions = Extensions::new();
        let peer: IpAddr = peer.parse().unwrap();
        extensions.insert(ConnectInfo(SocketAddr::new(peer, 50_000)));
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(X_FORWARDED_FOR, line.parse().unwrap());
        }
        proxies.client(&extensions, &headers).unwrap().to_string()
    }

    #[test]
    fn clients_are_identified_by_network() {
        for (address, shown) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001:0002:0000:0000:0000:0000"),
            ("2001:db8:1:2::9", "2001:0db8:0001:0002:0000:0000:0000:0000"),
            ("2001:db8:1:3::9", "2001:0db8:0001:0003:0000:0000:0000:0000"),
        ] {
            assert_eq!(client(&proxies(&[]), address, &[]), shown);
        }
    }

    #[test]
    fn only_trusted_proxies_forward_addresses() {
        let none = proxies(&[]);
        assert_eq!(client(&none, "127.0.0.1", &["192.0.2.7"]), "127.0.0.1");
        let some = proxies(&["10.0.0.0/8", "fd00::1", "::ffff:192.168.0.0/112"]);
        for peer in ["10.1.2.3", "::ffff:10.1.2.3", "fd00::1", "192.168.9.9"] {
            assert_eq!(client(&some, peer, &["192.0.2.7"]), "192.0.2.7", "{peer}");
            assert_eq!(
                client(&some, peer, &["2001:db8:1:2:3::4"]),
                "2001:0db8:0001:0002:0000:0000:0000:0000",
                "{peer}"
            );
        }
        for peer in ["11.1.2.3", "fd00::2", "192.169.0.1", "203.0.113.1"] {
            assert_ne!(client(&some, peer, &["192.0.2.7"]), "192.0.2.7", "{peer}");
        }
    }

    #[test]
    fn the_last_untrusted_hop_is_the_client() {
        let some = proxies(&["10.0.0.0/8"]);
        for (lines, expected) in [
            (&["203.0.113.1, 192.0.2.6"][..], "192.0.2.6"),
            (&["203.0.113.1", "192.0.2.6"], "192.0.2.6"),
            (&["192.0.2.6, 10.0.0.9 ,10.0.0.8"], "192.0.2.6"),
            (&["192.0.2.6", "10.0.0.9"], "192.0.2.6"),
            (&["10.0.0.7, 10.0.0.8"], "10.0.0.7"),
            (&["nonsense, 192.0.2.6"], "192.0.2.6"),
            (&["192.0.2.6:4711"], "192.0.2.6"),
            (&["[2001:db8:1:2::3]:4711"], "2001:0db8:0001:0002:0000:0000:0000:0000"),
            (&["[2001:db8:1:2::3]"], "2001:0db8:0001:0002:0000:0000:0000:0000"),
            (&["::ffff:192.0.2.6"], "192.0.2.6"),
        ] {
            assert_eq!(client(&some, "10.0.0.1", lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn an_invalid_hop_ends_at_the_proxy_that_forwarded_it() {
        let some = proxies(&["10.0.0.0/8"]);
        let many = vec!["10.0.0.9"; 1_000].join(",");
        for line in [
            "",
            " ",
            ",",
            ",,,",
            "unknown",
            "_hidden",
            "192.0.2.6,",
            "192.0.2.6 192.0.2.7",
            "1.2.3",
            "1.2.3.4.5",
            "256.1.1.1",
            "192.0.2.6:99999",
            "[",
            "]",
            "[]",
            "[192.0.2.6]",
            "\"192.0.2.6\"",
            "for=192.0.2.6",
            "fe80::1%eth0",
            "0.0.0.0",
            "::",
            "\u{e9}",
            "192.0.2.6\t-",
        ] {
            assert_eq!(client(&some, "10.0.0.1", &[line]), "10.0.0.1", "{line:?}");
        }
        assert_eq!(client(&some, "10.0.0.1", &["192.0.2.6, unknown, 10.0.0.2"]), "10.0.0.2");
        assert_eq!(client(&some, "10.0.0.1", &[&many]), "10.0.0.9");
    }

    #[test]
    fn a_setting_must_be_a_network_and_not_all_addresses() {
        for bad in
            ["", "proxy", "10.0.0.0/33", "0.0.0.0/0", "::/0", "10.0.0.1-10.0.0.9", "::ffff:0:0/96"]
        {
            assert!(bad.parse::<TrustedProxy>().is_err(), "{bad}");
        }
        for (written, shown) in [
            ("10.1.2.3/8", "10.0.0.0/8"),
            (" 127.0.0.1 ", "127.0.0.1"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
            ("fd00::/8", "fd00::/8"),
        ] {
            assert_eq!(written.parse::<TrustedProxy>().unwrap().to_string(), shown);
        }
    }
}
