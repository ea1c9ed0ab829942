//! The room's codes.

use axum::http::StatusCode;

use crate::error_code::ErrorCode;

pub(super) const PASSWORD_TOO_SHORT: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "PASSWORD_TOO_SHORT", "Password too short");
pub(super) const PASSWORD_TOO_LONG: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "PASSWORD_TOO_LONG", "Password too long");
/// Ours: better-auth does not measure strength.
pub(super) const PASSWORD_TOO_WEAK: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "PASSWORD_TOO_WEAK", "Password is too easy to guess");
