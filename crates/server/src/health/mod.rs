//! Health probes: whether the process runs, and whether it can do its work.

mod checks;
mod probe;
mod wal;

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

pub(crate) use self::{
    checks::{Failed, database as failed_parts},
    probe::Probe,
    wal::{LARGE as LARGE_LOG, keep_log_small},
};
use crate::paths::{HEALTH, READINESS};

/// Whether a path is a probe's.
pub(crate) fn is_probe(path: &str) -> bool {
    [HEALTH, READINESS].contains(&path)
}

/// `/healthz`: the process runs.
pub(crate) async fn live() -> Response {
    response(StatusCode::OK, &json!({ "status": "ok" }))
}

/// `/readyz`: whether the database accepts reads and writes, and Redis if there is one. The
/// response names the parts that failed.
pub(crate) async fn ready(State(probe): State<Arc<Probe>>) -> Response {
    let failed = probe.failed().await;
    let Some(first) = failed.first() else {
        return response(StatusCode::OK, &json!({ "status": "ok" }));
    };
    let (part, _) = first.split_once('.').unwrap_or((first, ""));
    let body = json!({ "status": format!("{part} unavailable"), "failed": *failed });
    response(StatusCode::SERVICE_UNAVAILABLE, &body)
}

fn response(status: StatusCode, body: &Value) -> Response {
    (status, [(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}
