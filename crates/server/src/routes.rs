//! Every route of the process.
//!
//! A request passes, outermost first: the connection's limits ([`connections`]), the request
//! id, log line, CORS, security headers and panics ([`http_service`]), then one of these
//! routes. `/graphql` does not pass the router, which would cost 10 % of the smallest GraphQL
//! request.
//!
//! [`connections`]: crate::connections
//! [`http_service`]: crate::http_service

use std::time::Duration;

use axum::{
    Router,
    extract::Request,
    middleware::{from_fn, from_fn_with_state},
    response::{Redirect, Response},
    routing::{any, get},
};
use tower::Service;

use crate::{
    App, dev_mail, graphiql, graphql_http, health,
    paths::{DEV_MAIL, GRAPHQL, HEALTH, PROTECTED, READINESS},
    protected, rest_error,
    telemetry::{RequestLog, X_REQUEST_ID, note_route},
    time_limit::within,
    unserved::{busy, has_graphql_errors},
};

/// The routes of all requests.
pub(crate) struct Routes {
    router: Router,
    request_time: Duration,
}

impl Routes {
    pub(crate) fn new(app: &App) -> Self {
        Self { router: router(app), request_time: app.request_time }
    }

    /// Dispatches a request to its route, within the time limit of a request.
    pub(crate) async fn dispatch(
        &self,
        app: &App,
        mut request: Request,
        log: &RequestLog,
    ) -> Response {
        if request.uri().path() == GRAPHQL {
            return graphql_http::answer(&app.graphql, request, log).await;
        }
        // Paths below `/graphql`, such as its assets.
        let is_graphql = has_graphql_errors(request.uri().path());
        request.headers_mut().insert(X_REQUEST_ID, log.header());
        request.extensions_mut().insert(log.clone());
        match within(self.request_time, self.router.clone().call(request)).await {
            // The router's error type has no values.
            Some(Ok(response)) => response,
            None => busy(is_graphql, log),
        }
    }
}

/// All routes except `/graphql`.
fn router(app: &App) -> Router {
    let mut routes = Router::new()
        .route("/", get(async || Redirect::temporary(GRAPHQL)))
        .route("/graphql/assets/{version}/{name}", get(graphiql::asset))
        .route(HEALTH, get(health::live))
        .route(READINESS, get(health::ready));
    if app.has_mailbox {
        routes = routes.route(DEV_MAIL, get(dev_mail::show));
    }
    #[cfg(feature = "test-clock")]
    {
        routes = routes.route("/dev/clock", axum::routing::post(crate::dev_clock::advance));
    }
    routes
        .merge(protected_routes(app))
        .with_state(app.clone())
        .method_not_allowed_fallback(rest_error::method_not_allowed)
        // Below the setting AUTH_BASE_PATH, /api/auth: the table is in auth/src/router.rs.
        .merge(app.auth.router(&app.writes))
        .fallback(rest_error::not_found)
        .route_layer(from_fn(note_route))
}

/// The routes below `/api/protected`, which require a session.
fn protected_routes(app: &App) -> Router<App> {
    let path = |rest: &str| format!("{PROTECTED}{rest}");
    let auditors = protected::require_role(protected::AUDITORS);
    Router::new()
        .route(&path("/me"), get(protected::me))
        .route(&path("/audit-events"), get(protected::audit_events).layer(auditors))
        .route(PROTECTED, any(protected::not_found))
        .route(&path("/"), any(protected::not_found))
        .route(&path("/{*rest}"), any(protected::not_found))
        .method_not_allowed_fallback(protected::method_not_allowed)
        .route_layer(from_fn_with_state(app.clone(), protected::require_session))
}
