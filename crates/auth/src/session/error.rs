//! The module's error codes.

use axum::http::StatusCode;

use crate::error_code::ErrorCode;

/// better-auth's response to `POST get-session` without deferred refreshing, which this service
/// does not have.
pub(super) const METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED: ErrorCode = ErrorCode::new(
    StatusCode::METHOD_NOT_ALLOWED,
    "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED",
    "POST method requires deferSessionRefresh to be enabled in session config",
);
pub(crate) const SESSION_NOT_FRESH: ErrorCode =
    ErrorCode::new(StatusCode::FORBIDDEN, "SESSION_NOT_FRESH", "Session is not fresh");
