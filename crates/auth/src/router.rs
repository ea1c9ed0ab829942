//! All routes, and what stands before them.

use std::sync::Arc;

use axum::{
    Json, Router,
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS},
    },
    middleware::{from_fn_with_state, map_response},
    response::{IntoResponse, Response},
    routing::any,
};
use serde_json::json;

use crate::{
    context::Context,
    email_password,
    method::{get, not_found},
    middleware::{origin, rate_limit},
    session,
};

/// Rate limit, then origin, then route: better-auth's order.
pub(crate) fn build(context: &Arc<Context>) -> Router {
    let base = context.base_path.as_str();
    Router::new()
        .route(&format!("{base}/ok"), get(ok))
        .merge(email_password::router(base))
        .merge(session::router(base))
        .route_layer(from_fn_with_state(Arc::clone(context), origin::guard))
        .route_layer(from_fn_with_state(Arc::clone(context), rate_limit::limit))
        .route(base, any(not_found))
        .route(&format!("{base}/"), any(not_found))
        .route(&format!("{base}/{{*rest}}"), any(not_found))
        .layer(map_response(protect))
        .with_state(Arc::clone(context))
}

async fn ok() -> Response {
    Json(json!({ "ok": true })).into_response()
}

/// Answers hold tokens: no cache may keep them, no browser guess at their type.
async fn protect(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
