//! The room's codes.

use axum::http::StatusCode;

use crate::code::Code;

pub(super) const FAILED_TO_UNLINK_LAST_ACCOUNT: Code = Code::new(
    StatusCode::BAD_REQUEST,
    "FAILED_TO_UNLINK_LAST_ACCOUNT",
    "You can't unlink your last account",
);
pub(super) const ACCOUNT_NOT_FOUND: Code =
    Code::new(StatusCode::BAD_REQUEST, "ACCOUNT_NOT_FOUND", "Account not found");
