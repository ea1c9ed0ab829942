//! Runs handlers to their end even if the client disconnects.

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::Method,
    middleware::Next,
    response::{IntoResponse, Response},
};
use database::WriteTasks;

use crate::{
    error::AuthError,
    extract::{MAX_BODY_LEN, unread},
};

/// Runs the handler as a task once the request's body was read. A client that sends its body slowly
/// occupies no task.
pub(crate) async fn run(
    State(writes): State<WriteTasks>,
    request: Request,
    next: Next,
) -> Response {
    match with_body(request).await {
        Ok(request) => writes.run(next.run(request)).await,
        Err(error) => error.into_response(),
    }
}

/// Reads the body, unless the method does not use one.
async fn with_body(request: Request) -> Result<Request, AuthError> {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, MAX_BODY_LEN).await.map_err(|error| unread(&error))?;
    Ok(Request::from_parts(parts, Body::from(bytes)))
}
