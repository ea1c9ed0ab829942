//! All routes, and what stands before them.

use std::sync::Arc;

use axum::{
    Json, Router,
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS},
    },
    middleware::{from_fn, from_fn_with_state, map_response},
    response::{IntoResponse, Response},
    routing::any,
};
use database::WriteTasks;
use serde_json::json;

use crate::{
    account,
    context::Context,
    email_password, email_verification, error_page,
    method::{get, not_found},
    middleware::{detached, disabled, proxy, rate_limit, size},
    openapi, password_reset, session, user,
};

/// The better-auth whose official client works unmodified. A test compares the documents, the
/// schema files and the packages of the clients with it.
pub const COMPATIBLE_WITH: &str = "better-auth 1.7.25";

/// Closed paths, rate limit, then the route, which checks body and origin (see
/// [`method`](crate::method)): better-auth's order. Before it stands who is noted, and before
/// a body is read its size. What the handler does it does to its end.
pub(crate) fn build(context: &Arc<Context>, writes: &WriteTasks) -> Router {
    let base = context.base_path.as_str();
    routes(base)
        .route_layer(from_fn_with_state(Arc::clone(context), session::carry))
        .route_layer(from_fn_with_state(writes.clone(), detached::run))
        .route_layer(from_fn(size::limit))
        .route_layer(from_fn_with_state(Arc::clone(context), rate_limit::limit))
        .route_layer(from_fn_with_state(Arc::clone(context), disabled::close))
        .route_layer(from_fn_with_state((Arc::clone(context), writes.clone()), proxy::watch))
        .route(base, any(not_found))
        .route(&format!("{base}/"), any(not_found))
        .route(&format!("{base}/{{*rest}}"), any(not_found))
        .layer(map_response(protect))
        .with_state(Arc::clone(context))
}

/// Every route, below `base`; [`openapi`] describes them all.
pub(crate) fn routes(base: &str) -> Router<Arc<Context>> {
    Router::new()
        .route(&format!("{base}/ok"), get(ok))
        .merge(account::router(base))
        .merge(email_password::router(base))
        .merge(email_verification::router(base))
        .merge(error_page::router(base))
        .merge(openapi::router(base))
        .merge(password_reset::router(base))
        .merge(session::router(base))
        .merge(user::router(base))
}

async fn ok() -> Response {
    Json(json!({ "ok": true, "compatibleWith": COMPATIBLE_WITH })).into_response()
}

/// Answers hold tokens: no cache may keep them unless they say so, no browser guess at
/// their type.
async fn protect(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
