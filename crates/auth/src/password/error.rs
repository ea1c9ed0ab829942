//! The room's codes.

use axum::http::StatusCode;

use crate::code::Code;

pub(super) const PASSWORD_TOO_SHORT: Code =
    Code::new(StatusCode::BAD_REQUEST, "PASSWORD_TOO_SHORT", "Password too short");
pub(super) const PASSWORD_TOO_LONG: Code =
    Code::new(StatusCode::BAD_REQUEST, "PASSWORD_TOO_LONG", "Password too long");
/// Ours: better-auth does not measure strength.
pub(super) const PASSWORD_TOO_WEAK: Code =
    Code::new(StatusCode::BAD_REQUEST, "PASSWORD_TOO_WEAK", "Password is too easy to guess");
