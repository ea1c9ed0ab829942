//! The module's error codes.

use axum::http::StatusCode;

use crate::error_code::{ErrorCode, PlainError};

pub(super) const OTP_EXPIRED: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "OTP_EXPIRED", "OTP expired");
pub(super) const INVALID_OTP: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "INVALID_OTP", "Invalid OTP");
pub(super) const TOO_MANY_ATTEMPTS: ErrorCode =
    ErrorCode::new(StatusCode::FORBIDDEN, "TOO_MANY_ATTEMPTS", "Too many attempts");
pub(super) const INVALID_EMAIL: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "INVALID_EMAIL", "Invalid email");
pub(super) const USER_NOT_FOUND: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "USER_NOT_FOUND", "User not found");
/// The refusals of a code.
pub(super) const REFUSED_CODE: [ErrorCode; 3] = [INVALID_OTP, OTP_EXPIRED, TOO_MANY_ATTEMPTS];

/// Mails are off.
pub(super) const NOT_IMPLEMENTED: PlainError =
    PlainError::new(StatusCode::BAD_REQUEST, "send email verification is not implemented");
pub(super) const INVALID_TYPE: PlainError =
    PlainError::new(StatusCode::BAD_REQUEST, "Invalid OTP type");
pub(super) const CHANGE_EMAIL_DISABLED: PlainError =
    PlainError::new(StatusCode::BAD_REQUEST, "Change email with OTP is disabled");
pub(super) const EMAIL_IS_THE_SAME: PlainError =
    PlainError::new(StatusCode::BAD_REQUEST, "Email is the same");
pub(super) const CURRENT_OTP_REQUIRED: PlainError =
    PlainError::new(StatusCode::BAD_REQUEST, "OTP is required to verify current email");
pub(super) const EMAIL_IN_USE: PlainError =
    PlainError::new(StatusCode::BAD_REQUEST, "Email already in use");
