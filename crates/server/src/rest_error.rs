//! What is answered where no route is asked: to what is no valid HTTP, and where there is
//! none, outside of `/api/auth`, whose client expects a 404 without a body.

use axum::{
    Json,
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde_json::json;

/// There is no such path. A client of better-auth expects nothing below its usual path,
/// however the slashes are written, and also where the authentication stands elsewhere.
pub(crate) async fn not_found(uri: Uri) -> Response {
    let parts = uri.path().split('/').filter(|part| !part.is_empty());
    if parts.take(2).eq(["api", "auth"]) {
        return StatusCode::NOT_FOUND.into_response();
    }
    answer(
        StatusCode::NOT_FOUND,
        "NOT_FOUND",
        "Nothing is here: GraphQL is at /graphql, the authentication below /api/auth",
    )
}

/// There is, but not by this method; the router adds `Allow`.
pub(crate) async fn method_not_allowed() -> Response {
    let message = "This path has other methods: see the header Allow";
    answer(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message)
}

/// It is no valid HTTP.
pub(crate) fn bad_request(fault: &str) -> Response {
    answer(StatusCode::BAD_REQUEST, "BAD_REQUEST", fault)
}

fn answer(status: StatusCode, code: &str, message: &str) -> Response {
    (status, Json(json!({ "message": message, "code": code }))).into_response()
}
