//! Reports proxies that the settings do not trust.
//!
//! Behind an untrusted proxy all clients look alike: they share one rate limit, and sessions
//! record the proxy's address. The log and an audit event, which the next start finds, report it
//! once.

use std::sync::{Arc, atomic::Ordering};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use database::{AuditRepository, WriteTasks};
use domain::{AuditEvent, audit::Origin};

use crate::{
    audit::{Action, Outcome},
    context::Context,
    extract::Client,
};

/// Reports the first request that an untrusted proxy forwards. All requests continue.
pub(crate) async fn report(
    State((context, writes)): State<(Arc<Context>, WriteTasks)>,
    request: Request,
    next: Next,
) -> Response {
    let proxy = context.proxies.untrusted(request.extensions(), request.headers());
    let is_first = || !context.untrusted_proxy_seen.swap(true, Ordering::Relaxed);
    let Some(proxy) = proxy.filter(|_| is_first()) else {
        return next.run(request).await;
    };
    tracing::warn!(
        peer = %proxy,
        "forwarded headers of an untrusted peer are ignored; if the peer is your proxy, set \
         AUTH_TRUSTED_PROXIES={proxy}"
    );
    let (parts, body) = request.into_parts();
    let client = Client::of(&context, &parts);
    // The whole address, not the network of a client: the setting needs it.
    let origin = Origin { ip: proxy.to_string(), ..client.origin() };
    let (now, outcome) = (context.clock.now(), Outcome::Refused("UNTRUSTED_PROXY"));
    let event = AuditEvent::by_anonymous(now, Action::UntrustedProxy, None, origin, outcome);
    // Written once, even if this client disconnects.
    let written = async move { AuditRepository::new(context.db.writer()).insert(event).await };
    if let Err(error) = writes.run(written).await {
        tracing::error!(%error, "the audit event of an untrusted proxy was not written");
    }
    next.run(Request::from_parts(parts, body)).await
}
