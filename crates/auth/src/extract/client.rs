//! Where a request comes from.

use std::{convert::Infallible, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, header::USER_AGENT, request::Parts},
};
use domain::audit::Origin;

use super::{
    Address,
    network::{Network, networks},
};
use crate::context::Context;

/// The longest user agent that is kept, in characters.
const LONGEST_USER_AGENT: usize = 512;

/// What sessions and audit events note of the client, and passwords are counted by.
pub(crate) struct Client {
    /// The address, IPv6 by its /64, or empty.
    pub(crate) ip: String,
    /// What the address is in, the smallest first.
    pub(crate) networks: Vec<Network>,
    /// The `User-Agent`, or empty.
    pub(crate) user_agent: String,
    /// The request's id, or empty.
    pub(crate) request_id: String,
}

impl Client {
    /// As audit events note it.
    pub(crate) fn origin(&self) -> Origin {
        let Self { ip, user_agent, request_id, .. } = self;
        Origin { ip: ip.clone(), user_agent: user_agent.clone(), request_id: request_id.clone() }
    }

    /// The client of a request.
    pub(crate) fn of(context: &Context, parts: &Parts) -> Self {
        let address = context.proxies.address(&parts.extensions, &parts.headers);
        let request_id = parts.headers.get("x-request-id").and_then(|id| id.to_str().ok());
        let agent = parts.headers.get(USER_AGENT).map(HeaderValue::as_bytes).unwrap_or_default();
        Self {
            ip: address.map(|address| Address::from(address).to_string()).unwrap_or_default(),
            networks: networks(address),
            user_agent: String::from_utf8_lossy(agent).chars().take(LONGEST_USER_AGENT).collect(),
            request_id: request_id.unwrap_or_default().to_owned(),
        }
    }
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
