//! The room's codes.

use axum::http::StatusCode;

use crate::code::Code;

pub(super) const RESET_PASSWORD_DISABLED: Code =
    Code::new(StatusCode::BAD_REQUEST, "RESET_PASSWORD_DISABLED", "Reset password isn't enabled");
pub(super) const INVALID_TOKEN: Code =
    Code::new(StatusCode::BAD_REQUEST, "INVALID_TOKEN", "Invalid token");
