//! The room's codes.

use axum::http::StatusCode;

use crate::error_code::ErrorCode;

pub(super) const RESET_PASSWORD_DISABLED: ErrorCode = ErrorCode::new(
    StatusCode::BAD_REQUEST,
    "RESET_PASSWORD_DISABLED",
    "Reset password isn't enabled",
);
pub(super) const INVALID_TOKEN: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "INVALID_TOKEN", "Invalid token");
/// Ours: better-auth has no page that asks.
pub(super) const PASSWORDS_DIFFER: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "PASSWORDS_DIFFER", "The two passwords differ");
/// Ours: told by a page alone.
pub(super) const RESET_LINK_USED: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "RESET_LINK_USED", "This link was used already");
