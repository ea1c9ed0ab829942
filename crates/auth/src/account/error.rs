//! The module's error codes.

use axum::http::StatusCode;

use crate::error_code::ErrorCode;

pub(super) const FAILED_TO_UNLINK_LAST_ACCOUNT: ErrorCode = ErrorCode::new(
    StatusCode::BAD_REQUEST,
    "FAILED_TO_UNLINK_LAST_ACCOUNT",
    "You can't unlink your last account",
);
pub(crate) const ACCOUNT_NOT_FOUND: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "ACCOUNT_NOT_FOUND", "Account not found");
