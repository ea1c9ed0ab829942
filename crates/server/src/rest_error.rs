//! REST errors outside of the crate `auth`: `{"message", "code"}`, as better-auth writes them.

use axum::{
    Json,
    http::{
        StatusCode, Uri,
        header::{CACHE_CONTROL, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
};
use domain::Error;
use serde_json::json;

use crate::telemetry::chain;

/// An error response. Caches may keep it.
pub(crate) fn response(status: StatusCode, code: &str, message: &str) -> Response {
    (status, Json(json!({ "message": message, "code": code }))).into_response()
}

/// An error response to a request for personal data. No cache may keep it.
pub(crate) fn private(status: StatusCode, code: &str, message: &str) -> Response {
    ([(CACHE_CONTROL, "no-store")], response(status, code, message)).into_response()
}

/// The router has no such path. A client of better-auth expects a 404 without a body below
/// better-auth's usual path, however the slashes are written, and also if the setting
/// `AUTH_BASE_PATH` is another path.
pub(crate) async fn not_found(uri: Uri) -> Response {
    let segments = uri.path().split('/').filter(|segment| !segment.is_empty());
    if segments.take(2).eq(["api", "auth"]) {
        return StatusCode::NOT_FOUND.into_response();
    }
    response(
        StatusCode::NOT_FOUND,
        "NOT_FOUND",
        "Nothing is here: GraphQL is at /graphql, the authentication below /api/auth",
    )
}

/// The route has other methods. The router adds `Allow`.
pub(crate) async fn method_not_allowed() -> Response {
    let message = "This path has other methods: see the header Allow";
    response(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message)
}

/// The request is not valid HTTP.
pub(crate) fn bad_request(fault: &str) -> Response {
    response(StatusCode::BAD_REQUEST, "BAD_REQUEST", fault)
}

/// The server has no capacity for the request, or the request took too long.
pub(crate) fn busy() -> Response {
    let status = StatusCode::SERVICE_UNAVAILABLE;
    let busy = private(status, "SERVICE_UNAVAILABLE", "The server is busy; try again");
    ([(RETRY_AFTER, "1")], busy).into_response()
}

/// A handler failed. Logs the error with its causes.
pub(crate) fn failed(error: &Error) -> Response {
    if matches!(error, Error::Busy) {
        return busy();
    }
    tracing::error!(error = %chain(error), "a protected route failed to answer");
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    private(status, "INTERNAL_SERVER_ERROR", "Internal error")
}
