//! What is around all routes: the request's log line, an answer even after a panic, and
//! what browsers are told.
//!
//! Layers would be copied for every request, each with a future of its own in memory.

use std::{fmt, net::IpAddr, panic::AssertUnwindSafe, sync::Arc};

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, Uri, header::CONNECTION},
    response::Response,
};
use futures_util::FutureExt;
use tower::Service;

use crate::{
    App,
    edge::{
        self,
        headers::{Asked, Browsers},
        response::{Refusal, bad_request, internal_error, refused},
    },
    fallback, health, protected,
    telemetry::{self, RequestLog, X_REQUEST_ID},
    time_limit::within,
};

/// Answers every request. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Front(Arc<Parts>);

struct Parts {
    app: App,
    /// Every route but that of GraphQL, which most requests are for.
    routes: Router,
    browsers: Browsers,
}

/// Which requests of a connection are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Served {
    /// All of them.
    Fully,
    /// Health probes; others are told that the server is busy.
    ProbesOnly,
    /// None: this is wrong with it, and whoever forwarded it may have read it otherwise.
    Malformed(&'static str),
}

impl Front {
    pub(crate) fn new(app: App, routes: Router) -> Self {
        let browsers = Browsers::new(&app.auth);
        Self(Arc::new(Parts { app, routes, browsers }))
    }

    /// The address whose share of the connections one from here takes: none, if it is a
    /// trusted proxy, which has those of many clients.
    pub(crate) fn share_of(&self, peer: IpAddr) -> Option<IpAddr> {
        (!self.0.app.auth.is_trusted_proxy(peer)).then_some(peer)
    }

    pub(crate) async fn answer(self, mut request: Request, served: Served) -> Response {
        let Parts { app, browsers, .. } = &*self.0;
        if let Some(uri) = without_slash(request.uri(), app) {
            *request.uri_mut() = uri;
        }
        let asked = Asked::of(&request);
        let mut response = telemetry::logged(request, async |request, log| {
            let path = request.uri().path();
            match served {
                Served::Malformed(fault) => return malformed(is_graphql(path), fault, log),
                _ if asked.is_preflight() => return Response::default(),
                Served::ProbesOnly if !health::is_probe(path) => {
                    return busy(is_graphql(path), log);
                }
                Served::ProbesOnly | Served::Fully => {}
            }
            caught(self.routed(request, log)).await
        })
        .await;
        browsers.tell(&asked, &mut response);
        response
    }

    async fn routed(&self, mut request: Request, log: &RequestLog) -> Response {
        let Parts { app, routes, .. } = &*self.0;
        if request.uri().path() == edge::PATH {
            return edge::answer(app, request, log).await;
        }
        let is_graphql = is_graphql(request.uri().path());
        request.headers_mut().insert(X_REQUEST_ID, log.header());
        request.extensions_mut().insert(log.clone());
        match within(app.request_time, routes.clone().call(request)).await {
            Some(Ok(response)) => response,
            None => busy(is_graphql, log),
        }
    }
}

/// The target of a request without the slash at its end, if that means nothing there: who
/// writes a path by hand, or has it joined from parts, often ends it with one.
fn without_slash(uri: &Uri, app: &App) -> Option<Uri> {
    let path = uri.path().strip_suffix('/').filter(|path| !path.is_empty())?;
    if path.ends_with('/') || !app.auth.ignores_slash_after(path) {
        return None;
    }
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(format!("{path}{query}").parse().ok()?);
    Uri::from_parts(parts).ok()
}

/// Whether errors at this path are GraphQL's.
fn is_graphql(path: &str) -> bool {
    path.starts_with(edge::PATH)
}

/// The answer to a request for which the server has no room or too little time, in the
/// form of its route's errors.
fn busy(is_graphql: bool, log: &RequestLog) -> Response {
    if is_graphql { refused(Refusal::busy(), log) } else { protected::busy() }
}

/// The answer to a request that is no valid HTTP, after which nothing of its connection is
/// read as another one.
fn malformed(is_graphql: bool, fault: &str, log: &RequestLog) -> Response {
    let mut response =
        if is_graphql { refused(bad_request(fault), log) } else { fallback::bad_request(fault) };
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// An answer even after a panic, which the log tells of. No `async fn`, see [`within`].
fn caught(answer: impl Future<Output = Response>) -> impl Future<Output = Response> {
    let caught = AssertUnwindSafe(answer).catch_unwind();
    caught.map(|answered| answered.unwrap_or_else(|_| internal_error()))
}

impl fmt::Debug for Front {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Front").field("app", &self.0.app).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_internal_error() {
        let answered = caught(async { panic!("on purpose") }).now_or_never();
        assert_eq!(answered.unwrap().status().as_u16(), 500);
        let answered = caught(async { Response::default() }).now_or_never();
        assert_eq!(answered.unwrap().status().as_u16(), 200);
    }
}
