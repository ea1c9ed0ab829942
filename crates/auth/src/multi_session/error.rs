//! The module's error codes.

use axum::http::StatusCode;

use crate::error_code::ErrorCode;

pub(super) const INVALID_SESSION_TOKEN: ErrorCode =
    ErrorCode::new(StatusCode::UNAUTHORIZED, "INVALID_SESSION_TOKEN", "Invalid session token");
