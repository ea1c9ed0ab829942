//! The module's error codes.

use axum::http::StatusCode;

use crate::error_code::{ErrorCode, PlainError};

pub(super) const EMAIL_CAN_NOT_BE_UPDATED: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "EMAIL_CAN_NOT_BE_UPDATED", "Email can not be updated");
pub(crate) const CREDENTIAL_ACCOUNT_NOT_FOUND: ErrorCode = ErrorCode::new(
    StatusCode::BAD_REQUEST,
    "CREDENTIAL_ACCOUNT_NOT_FOUND",
    "Credential account not found",
);
pub(crate) const INVALID_PASSWORD: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "INVALID_PASSWORD", "Invalid password");
pub(super) const CHANGE_EMAIL_DISABLED: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "CHANGE_EMAIL_DISABLED", "Change email is disabled");
pub(super) const SESSION_EXPIRED: ErrorCode = ErrorCode::new(
    StatusCode::BAD_REQUEST,
    "SESSION_EXPIRED",
    "Session expired. Re-authenticate to perform this action.",
);
pub(super) const INVALID_TOKEN: ErrorCode =
    ErrorCode::new(StatusCode::NOT_FOUND, "INVALID_TOKEN", "Invalid token");
pub(super) const FAILED_TO_GET_USER_INFO: ErrorCode =
    ErrorCode::new(StatusCode::NOT_FOUND, "FAILED_TO_GET_USER_INFO", "Failed to get user info");
pub(super) const NOT_FOUND: ErrorCode =
    ErrorCode::new(StatusCode::NOT_FOUND, "NOT_FOUND", "Not found");
pub(super) const EMAIL_IS_THE_SAME: PlainError =
    PlainError::new(StatusCode::BAD_REQUEST, "Email is the same");
pub(super) const VERIFICATION_EMAIL_NOT_ENABLED: PlainError =
    PlainError::new(StatusCode::BAD_REQUEST, "Verification email isn't enabled");
