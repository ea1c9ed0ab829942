//! The outermost service: request id and log line, CORS and security headers, and a response
//! even after a panic. [`Routes`] then calls the handler of the request's route.
//!
//! These steps are function calls instead of tower-http's layers, which would cost a request
//! to `/graphql` (`{ __typename }`: 39,000 instructions) this many instructions more:
//!
//! | layer | instructions | share |
//! |---|---|---|
//! | `cors` | 4,200 | 11 % |
//! | `request-id` | 2,500 | 6.5 % |
//! | `set-header`, five of them | 2,000 | 5 % |
//! | `trace` | 700 without a subscriber; the one line with operation, user and outcome needs own code anyway | 2 % |
//! | `catch-panic` | 150, and [`catch_unwind`](FutureExt::catch_unwind) is as short | 0.4 % |

use std::{fmt, net::IpAddr, panic::AssertUnwindSafe, sync::Arc};

use axum::{Router, extract::Request, http::Uri, response::Response};
use futures_util::FutureExt;

use crate::{
    App,
    graphql_http::response::internal_error,
    headers::{CorsRequest, SecurityHeaders},
    health,
    routes::Routes,
    telemetry,
    unserved::{busy, has_graphql_errors, malformed},
};

/// Answers every request. Clones are cheap.
#[derive(Clone)]
pub(crate) struct HttpService(Arc<Parts>);

struct Parts {
    app: App,
    routes: Routes,
    security_headers: SecurityHeaders,
}

/// The requests of a connection that are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Served {
    /// All requests.
    Fully,
    /// Health probes. Other requests get 503.
    ProbesOnly,
    /// No request: the message is wrong in this way, and a proxy may have read it otherwise.
    Malformed(&'static str),
}

impl HttpService {
    pub(crate) fn new(app: &App) -> Self {
        let (routes, security_headers) = (Routes::new(app), SecurityHeaders::new(&app.auth));
        Self(Arc::new(Parts { app: app.clone(), routes, security_headers }))
    }

    /// The address whose quota of connections a peer uses. A trusted proxy forwards many
    /// clients, and has no quota.
    pub(crate) fn quota_address(&self, peer: IpAddr) -> Option<IpAddr> {
        (!self.0.app.auth.is_trusted_proxy(peer)).then_some(peer)
    }

    pub(crate) async fn answer(self, mut request: Request, served: Served) -> Response {
        let Parts { app, routes, security_headers } = &*self.0;
        if let Some(uri) = without_trailing_slash(request.uri(), app) {
            *request.uri_mut() = uri;
        }
        let cors = CorsRequest::of(&request);
        let mut response = telemetry::logged(request, async |request, log| {
            let path = request.uri().path();
            match served {
                Served::Malformed(fault) => return malformed(has_graphql_errors(path), fault, log),
                _ if cors.is_preflight() => return Response::default(),
                Served::ProbesOnly if !health::is_probe(path) => {
                    return busy(has_graphql_errors(path), log);
                }
                Served::ProbesOnly | Served::Fully => {}
            }
            catch_panic(routes.dispatch(app, request, log)).await
        })
        .await;
        security_headers.apply(&cors, &mut response);
        response
    }
}

impl App {
    /// Every route with all its layers, for tests. Serve it with `ConnectInfo<SocketAddr>`.
    pub fn router(&self) -> Router {
        let service = HttpService::new(self);
        Router::new()
            .fallback(move |request: Request| service.clone().answer(request, Served::Fully))
    }
}

/// The target of a request without its trailing slash, where the slash has no meaning.
/// Handwritten and joined URLs often have one.
fn without_trailing_slash(uri: &Uri, app: &App) -> Option<Uri> {
    let path = uri.path().strip_suffix('/').filter(|path| !path.is_empty())?;
    if path.ends_with('/') || !app.auth.ignores_slash_after(path) {
        return None;
    }
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(format!("{path}{query}").parse().ok()?);
    Uri::from_parts(parts).ok()
}

/// Answers with an internal error after a panic, which the panic hook logs. Not an `async fn`,
/// which would copy the future.
fn catch_panic(answer: impl Future<Output = Response>) -> impl Future<Output = Response> {
    let caught = AssertUnwindSafe(answer).catch_unwind();
    caught.map(|answered| answered.unwrap_or_else(|_| internal_error()))
}

impl fmt::Debug for HttpService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpService").field("app", &self.0.app).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_internal_error() {
        let answered = catch_panic(async { panic!("on purpose") }).now_or_never();
        assert_eq!(answered.unwrap().status().as_u16(), 500);
        let answered = catch_panic(async { Response::default() }).now_or_never();
        assert_eq!(answered.unwrap().status().as_u16(), 200);
    }
}
