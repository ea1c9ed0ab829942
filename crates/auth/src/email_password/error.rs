//! The module's error codes.

use axum::http::StatusCode;

use crate::error_code::ErrorCode;

pub(super) const EMAIL_PASSWORD_SIGN_UP_DISABLED: ErrorCode = ErrorCode::new(
    StatusCode::BAD_REQUEST,
    "EMAIL_PASSWORD_SIGN_UP_DISABLED",
    "Email and password sign up is not enabled",
);
pub(super) const INVALID_EMAIL: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "INVALID_EMAIL", "Invalid email");
pub(super) const INVALID_EMAIL_OR_PASSWORD: ErrorCode = ErrorCode::new(
    StatusCode::UNAUTHORIZED,
    "INVALID_EMAIL_OR_PASSWORD",
    "Invalid email or password",
);
pub(super) const USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: ErrorCode = ErrorCode::new(
    StatusCode::UNPROCESSABLE_ENTITY,
    "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL",
    "User already exists. Use another email.",
);
pub(crate) const FIELD_NOT_ALLOWED: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "FIELD_NOT_ALLOWED", "role is not allowed to be set");
