//! The room's codes.

use axum::http::StatusCode;

use crate::code::Code;

pub(super) const RESET_PASSWORD_DISABLED: Code =
    Code::new(StatusCode::BAD_REQUEST, "RESET_PASSWORD_DISABLED", "Reset password isn't enabled");
pub(super) const INVALID_TOKEN: Code =
    Code::new(StatusCode::BAD_REQUEST, "INVALID_TOKEN", "Invalid token");
/// Ours: better-auth has no page that asks.
pub(super) const PASSWORDS_DIFFER: Code =
    Code::new(StatusCode::BAD_REQUEST, "PASSWORDS_DIFFER", "The two passwords differ");
/// Ours: told by a page alone.
pub(super) const RESET_LINK_USED: Code =
    Code::new(StatusCode::BAD_REQUEST, "RESET_LINK_USED", "This link was used already");
