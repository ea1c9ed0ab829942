//! Whether the process lives, and whether it can do its work.

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
    routing::get,
};
use repositories::Database;
use serde_json::json;

use crate::{App, telemetry::chain};

/// `/healthz`: the process answers. `/readyz`: the database answers, too.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/healthz", get(async || answer(StatusCode::OK, "ok")))
        .route("/readyz", get(ready))
}

async fn ready(State(db): State<Database>) -> Response {
    match db.ping().await {
        Ok(()) => answer(StatusCode::OK, "ok"),
        Err(error) => {
            tracing::error!(error = %chain(&error), "the database does not answer");
            answer(StatusCode::SERVICE_UNAVAILABLE, "database unavailable")
        }
    }
}

fn answer(status: StatusCode, word: &str) -> Response {
    (status, [(CACHE_CONTROL, "no-store")], Json(json!({ "status": word }))).into_response()
}
