//! Proxies that nobody said to trust.
//!
//! Behind one all clients look alike: they share one rate limit, and sessions note
//! the proxy's address. The operator learns of it once, by the log and by an audit
//! event, which the next start finds.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

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

/// Whether a stranger's forwarded headers were seen since the start.
#[derive(Debug, Default)]
pub(crate) struct Seen(AtomicBool);

impl Seen {
    /// Whether it was seen before; from now on it was.
    fn again(&self) -> bool {
        self.0.swap(true, Ordering::Relaxed)
    }
}

/// Notes the first request that was forwarded by a stranger, and lets all pass.
pub(crate) async fn watch(
    State((context, writes)): State<(Arc<Context>, WriteTasks)>,
    request: Request,
    next: Next,
) -> Response {
    let stranger = context.proxies.stranger(request.extensions(), request.headers());
    let Some(stranger) = stranger.filter(|_| !context.stranger_seen.again()) else {
        return next.run(request).await;
    };
    tracing::warn!(
        peer = %stranger,
        "forwarded headers of a peer that is not trusted are ignored; if it is your proxy, set \
         AUTH_TRUSTED_PROXIES={stranger}"
    );
    let (parts, body) = request.into_parts();
    let client = Client::of(&context, &parts);
    // Not by its network, as clients are: it is what has to be set.
    let origin = Origin { ip: stranger.to_string(), ..client.origin() };
    let (now, outcome) = (context.clock.now(), Outcome::Refused("UNTRUSTED_PROXY"));
    let event = AuditEvent::of_nobody(now, Action::UntrustedProxy, None, origin, outcome);
    // Once, whether or not this client waits.
    let kept = async move { AuditRepository::new(context.db.writer()).insert(event).await };
    if let Err(error) = writes.run(kept).await {
        tracing::error!(%error, "the event of an untrusted proxy is not kept");
    }
    next.run(Request::from_parts(parts, body)).await
}
