//! The limit of `Content-Length`.

use axum::{
    extract::Request,
    http::header::CONTENT_LENGTH,
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{error::AuthError, error_code::PAYLOAD_TOO_LARGE, extract::MAX_BODY_LEN};

/// Refuses a too long body before it is read, on every route. Bodies without `Content-Length` are
/// read up to the same limit.
pub(crate) async fn limit(request: Request, next: Next) -> Response {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let is_long = |length: &str| length.parse().is_ok_and(|bytes: u64| bytes > MAX_BODY_LEN as u64);
    if length.is_some_and(is_long) {
        return AuthError::from(PAYLOAD_TOO_LARGE).into_response();
    }
    next.run(request).await
}
