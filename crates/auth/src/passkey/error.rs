//! The module's error codes.

use axum::http::StatusCode;

use crate::error_code::{ErrorCode, PlainError};

pub(super) const CHALLENGE_NOT_FOUND: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "CHALLENGE_NOT_FOUND", "Challenge not found");
pub(super) const NOT_ALLOWED: ErrorCode = ErrorCode::new(
    StatusCode::UNAUTHORIZED,
    "YOU_ARE_NOT_ALLOWED_TO_REGISTER_THIS_PASSKEY",
    "You are not allowed to register this passkey",
);
/// The page is unknown, or a statement has a wrong signature.
pub(super) const FAILED_TO_VERIFY_REGISTRATION: ErrorCode =
    failed_registration(StatusCode::BAD_REQUEST);
/// Any other check failed: better-auth's status.
pub(super) const INVALID_REGISTRATION: ErrorCode =
    failed_registration(StatusCode::INTERNAL_SERVER_ERROR);
/// The name is that of better-auth's client. Its server stores such a passkey twice.
pub(super) const PREVIOUSLY_REGISTERED: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "PREVIOUSLY_REGISTERED", "Previously registered");
/// Not in better-auth, where a user may have any number.
pub(super) const TOO_MANY_PASSKEYS: ErrorCode = ErrorCode::new(
    StatusCode::BAD_REQUEST,
    "TOO_MANY_PASSKEYS",
    "A user can have at most 100 passkeys. Delete one of them first.",
);
pub(super) const PASSKEY_UNKNOWN: ErrorCode =
    ErrorCode::new(StatusCode::UNAUTHORIZED, "PASSKEY_NOT_FOUND", "Passkey not found");
pub(super) const PASSKEY_NOT_FOUND: ErrorCode =
    ErrorCode::new(StatusCode::NOT_FOUND, "PASSKEY_NOT_FOUND", "Passkey not found");
/// A wrong signature.
pub(super) const AUTHENTICATION_FAILED: ErrorCode = failed_authentication(StatusCode::UNAUTHORIZED);
/// Any other check failed: better-auth's status.
pub(super) const INVALID_AUTHENTICATION: ErrorCode = failed_authentication(StatusCode::BAD_REQUEST);
pub(super) const ORIGIN_MISSING: PlainError =
    PlainError::new(StatusCode::BAD_REQUEST, "origin missing");
pub(super) const ID_MISSING: PlainError =
    PlainError::new(StatusCode::BAD_REQUEST, "Missing required parameter: id");

const fn failed_registration(status: StatusCode) -> ErrorCode {
    ErrorCode::new(status, "FAILED_TO_VERIFY_REGISTRATION", "Failed to verify registration")
}

const fn failed_authentication(status: StatusCode) -> ErrorCode {
    ErrorCode::new(status, "AUTHENTICATION_FAILED", "Authentication failed")
}
