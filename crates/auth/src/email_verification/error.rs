//! The room's codes.

use axum::http::StatusCode;

use crate::error_code::ErrorCode;

pub(super) const VERIFICATION_EMAIL_NOT_ENABLED: ErrorCode = ErrorCode::new(
    StatusCode::BAD_REQUEST,
    "VERIFICATION_EMAIL_NOT_ENABLED",
    "Verification email isn't enabled",
);
pub(super) const EMAIL_MISMATCH: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "EMAIL_MISMATCH", "Email mismatch");
pub(super) const EMAIL_ALREADY_VERIFIED: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "EMAIL_ALREADY_VERIFIED", "Email is already verified");
pub(super) const TOKEN_EXPIRED: ErrorCode =
    ErrorCode::new(StatusCode::UNAUTHORIZED, "TOKEN_EXPIRED", "Token expired");
pub(super) const INVALID_TOKEN: ErrorCode =
    ErrorCode::new(StatusCode::UNAUTHORIZED, "INVALID_TOKEN", "Invalid token");
pub(super) const INVALID_USER: ErrorCode =
    ErrorCode::new(StatusCode::UNAUTHORIZED, "INVALID_USER", "Invalid user");
/// Ours: better-auth asks for nothing more than that a link is opened, as mail scanners do.
pub(super) const CONFIRMATION_REQUIRED: ErrorCode = ErrorCode::new(
    StatusCode::UNAUTHORIZED,
    "CONFIRMATION_REQUIRED",
    "Sign in, or post the token, to confirm this change",
);
/// Ours: to better-auth a taken address is a failure of the server.
pub(super) const EMAIL_TAKEN: ErrorCode = ErrorCode::new(
    StatusCode::UNAUTHORIZED,
    "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL",
    "User already exists. Use another email.",
);
