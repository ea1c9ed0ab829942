//! The module's error codes.

use axum::http::StatusCode;

use crate::error_code::{ErrorCode, PlainError};

pub(crate) const PASSWORD_COMPROMISED: ErrorCode = ErrorCode::new(
    StatusCode::BAD_REQUEST,
    "PASSWORD_COMPROMISED",
    "The password you entered has been compromised. Please choose a different password.",
);
/// The check failed, and the settings refuse passwords then.
pub(crate) const CHECK_FAILED: PlainError = PlainError::new(
    StatusCode::INTERNAL_SERVER_ERROR,
    "Failed to check password. Please try again later.",
);
