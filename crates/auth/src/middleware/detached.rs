//! Handlers that go on without their client.

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::Method,
    middleware::Next,
    response::{IntoResponse, Response},
};
use repositories::WriteTasks;

use crate::{
    error::AuthError,
    extract::{MAX_BODY_LEN, unread},
};

/// Has a request answered by a task, as soon as its body is there: a client that sends it
/// slowly has begun nothing.
pub(crate) async fn run(
    State(writes): State<WriteTasks>,
    request: Request,
    next: Next,
) -> Response {
    match whole(request).await {
        Ok(request) => writes.run(next.run(request)).await,
        Err(error) => error.into_response(),
    }
}

/// The request with its body read, unless it is of a method whose body is of no use.
async fn whole(request: Request) -> Result<Request, AuthError> {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, MAX_BODY_LEN).await.map_err(|error| unread(&error))?;
    Ok(Request::from_parts(parts, Body::from(bytes)))
}
