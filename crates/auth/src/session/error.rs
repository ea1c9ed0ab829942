//! The room's codes.

use axum::http::StatusCode;

use crate::error_code::ErrorCode;

/// better-auth's answer to `POST get-session` when reading and refreshing are not
/// split, which here they never are.
pub(super) const METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED: ErrorCode = ErrorCode::new(
    StatusCode::METHOD_NOT_ALLOWED,
    "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED",
    "POST method requires deferSessionRefresh to be enabled in session config",
);
pub(crate) const SESSION_NOT_FRESH: ErrorCode =
    ErrorCode::new(StatusCode::FORBIDDEN, "SESSION_NOT_FRESH", "Session is not fresh");
