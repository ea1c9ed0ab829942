//! Whether the process lives, and whether it can do its work.

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;

use crate::{App, telemetry::chain};

/// `/healthz`: the process answers. `/readyz`: the database answers, too, and
/// Redis, if there is one.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/healthz", get(async || answer(StatusCode::OK, "ok")))
        .route("/readyz", get(ready))
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
