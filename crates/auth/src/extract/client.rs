//! The client of a request.

use std::{convert::Infallible, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header::USER_AGENT, request::Parts},
};
use domain::{UserId, audit::Origin};

use super::{
    Address,
    network::{Network, networks},
};
use crate::context::Context;

/// The maximum length of a stored user agent in characters.
const MAX_USER_AGENT_LEN: usize = 512;
/// The maximum length of a stored request id in characters.
const MAX_REQUEST_ID_LEN: usize = 64;

/// The data of a client in sessions, audit events and limits of wrong passwords.
#[derive(Clone)]
pub(crate) struct Client {
    /// The IP address, IPv6 as its /64 network, or empty.
    pub(crate) ip: String,
    /// The networks of the address, the smallest first.
    pub(crate) networks: Vec<Network>,
    /// The `User-Agent`, or empty.
    pub(crate) user_agent: String,
    /// The request's id, or empty if the header is absent or not valid.
    pub(crate) request_id: String,
    /// The headers of the request, for its cookies.
    pub(crate) headers: HeaderMap,
    /// The guest who began the sign-in, if this request may lack the cookie of their session.
    pub(crate) guest: Option<UserId>,
}

impl Client {
    /// The origin for audit events.
    pub(crate) fn origin(&self) -> Origin {
        let Self { ip, user_agent, request_id, .. } = self;
        Origin { ip: ip.clone(), user_agent: user_agent.clone(), request_id: request_id.clone() }
    }

    /// The client of a request.
    pub(crate) fn of(context: &Context, parts: &Parts) -> Self {
        let address = context.proxies.address(&parts.extensions, &parts.headers);
        let request_id = parts.headers.get("x-request-id").and_then(|id| id.to_str().ok());
        let request_id = request_id.filter(|id| is_request_id(id));
        let agent = parts.headers.get(USER_AGENT).map(HeaderValue::as_bytes).unwrap_or_default();
        Self {
            ip: address.map(|address| Address::from(address).to_string()).unwrap_or_default(),
            networks: networks(address),
            user_agent: String::from_utf8_lossy(agent).chars().take(MAX_USER_AGENT_LEN).collect(),
            request_id: request_id.unwrap_or_default().to_owned(),
            headers: parts.headers.clone(),
            guest: None,
        }
    }
}

/// Whether a request id may be stored. An application may pass on the header of any client.
fn is_request_id(id: &str) -> bool {
    id.len() <= MAX_REQUEST_ID_LEN
        && id.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_.".contains(&c))
}

impl FromRequestParts<Arc<Context>> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        context: &Arc<Context>,
    ) -> Result<Self, Infallible> {
        Ok(Self::of(context, parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_is_short_and_plain() {
        for id in ["", "01890a5d-ac96-774b-bcce-b302099a8057", "a.b_C-9", &"a".repeat(64)] {
            assert!(is_request_id(id), "{id}");
        }
        for id in ["a b", "a\n", "<b>", "é", &"a".repeat(65)] {
            assert!(!is_request_id(id), "{id}");
        }
    }
}
