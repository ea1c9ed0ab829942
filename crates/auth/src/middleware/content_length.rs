//! Bodies that announce to be too long.

use axum::{
    extract::Request,
    http::header::CONTENT_LENGTH,
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{error::AuthError, error_code::PAYLOAD_TOO_LARGE, extract::MAX_BODY_LEN};

/// Refuses them unread, on every route, also where a body is of no use. Those that
/// announce nothing are read no further than that.
pub(crate) async fn limit(request: Request, next: Next) -> Response {
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let is_long = |length: &str| length.parse().is_ok_and(|bytes: u64| bytes > MAX_BODY_LEN as u64);
    if announced.is_some_and(is_long) {
        return AuthError::from(PAYLOAD_TOO_LARGE).into_response();
    }
    next.run(request).await
}
