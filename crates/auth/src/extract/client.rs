//! Where a request comes from.

use std::{
    convert::Infallible,
    fmt,
    net::{IpAddr, Ipv6Addr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{Extensions, HeaderValue, header::USER_AGENT, request::Parts},
};

use domain::audit::Origin;

/// The longest user agent that is kept, in characters.
const LONGEST_USER_AGENT: usize = 512;

/// The client's address as far as it tells clients apart: IPv6 by its /64, which
/// one household or server has whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Address(IpAddr);

impl Address {
    /// The connection's other end; no header is believed.
    pub(crate) fn of(extensions: &Extensions) -> Option<Self> {
        let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
        Some(peer.ip().into())
    }
}

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

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What sessions and audit events note of the client.
pub(crate) struct Client {
    /// The address, or empty.
    pub(crate) ip: String,
    /// The `User-Agent`, or empty.
    pub(crate) user_agent: String,
    /// The request's id, or empty.
    pub(crate) request_id: String,
}

impl Client {
    /// As audit events note it.
    pub(crate) fn origin(&self) -> Origin {
        let Self { ip, user_agent, request_id } = self;
        Origin { ip: ip.clone(), user_agent: user_agent.clone(), request_id: request_id.clone() }
    }
}

impl<S: Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let request_id = parts.headers.get("x-request-id").and_then(|id| id.to_str().ok());
        let agent = parts.headers.get(USER_AGENT).map(HeaderValue::as_bytes).unwrap_or_default();
        Ok(Self {
            ip: Address::of(&parts.extensions).map(|ip| ip.to_string()).unwrap_or_default(),
            user_agent: String::from_utf8_lossy(agent).chars().take(LONGEST_USER_AGENT).collect(),
            request_id: request_id.unwrap_or_default().to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_told_apart_by_network() {
        for (address, shown) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2::9", "2001:db8:1:2::"),
            ("2001:db8:1:3::9", "2001:db8:1:3::"),
        ] {
            let address: IpAddr = address.parse().unwrap();
            assert_eq!(Address::from(address).to_string(), shown);
        }
    }
}
