//! Whether the process lives, and whether it can do its work.

use std::time::Duration;

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;

use crate::{App, telemetry::chain, time_limit::within};

const HEALTH: &str = "/healthz";
const READINESS: &str = "/readyz";
/// How long finding out may take.
const LONGEST: Duration = Duration::from_millis(980);

/// `/healthz`: the process answers. `/readyz`: the database answers, too, and
/// Redis, if there is one.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route(HEALTH, get(async || answer(StatusCode::OK, "ok")))
        .route(READINESS, get(ready_in_time))
}

/// Whether this path is one of them.
pub(crate) fn is_probe(path: &str) -> bool {
    [HEALTH, READINESS].contains(&path)
}

/// Probes have short times of their own, after which they know less than an answer says.
async fn ready_in_time(app: State<App>) -> Response {
    let late = || answer(StatusCode::SERVICE_UNAVAILABLE, "no answer in time");
    within(LONGEST, ready(app)).await.unwrap_or_else(late)
}

async fn ready(State(app): State<App>) -> Response {
    if let Err(error) = app.db.ping().await {
        tracing::error!(error = %chain(&error), "the database does not answer");
        return answer(StatusCode::SERVICE_UNAVAILABLE, "database unavailable");
    }
    match app.auth.ping().await {
        Ok(()) => answer(StatusCode::OK, "ok"),
        // Why, its connection has logged.
        Err(_) => answer(StatusCode::SERVICE_UNAVAILABLE, "redis unavailable"),
    }
}

fn answer(status: StatusCode, word: &str) -> Response {
    (status, [(CACHE_CONTROL, "no-store")], Json(json!({ "status": word }))).into_response()
}
