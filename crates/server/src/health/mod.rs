//! Whether the process lives, and whether it can do its work.

mod parts;
mod probe;
mod wal;

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};

pub(crate) use self::{
    parts::{Failed, database as failed_parts},
    probe::Probe,
    wal::LARGE as LARGE_LOG,
};
use crate::App;

const HEALTH: &str = "/healthz";
const READINESS: &str = "/readyz";

/// `/healthz`: the process answers. `/readyz`: the database takes reads and writes, and Redis,
/// if there is one; otherwise which parts failed.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route(HEALTH, get(async || answer(StatusCode::OK, &json!({ "status": "ok" }))))
        .route(READINESS, get(ready))
}

/// Whether this path is one of them.
pub(crate) fn is_probe(path: &str) -> bool {
    [HEALTH, READINESS].contains(&path)
}

async fn ready(State(app): State<App>) -> Response {
    let failed = app.probe.failed(&app.clock).await;
    let Some(first) = failed.first() else {
        return answer(StatusCode::OK, &json!({ "status": "ok" }));
    };
    let (whose, _) = first.split_once('.').unwrap_or((first, ""));
    let body = json!({ "status": format!("{whose} unavailable"), "failed": *failed });
    answer(StatusCode::SERVICE_UNAVAILABLE, &body)
}

fn answer(status: StatusCode, body: &Value) -> Response {
    (status, [(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}
