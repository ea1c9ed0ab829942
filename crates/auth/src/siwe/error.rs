//! The module's errors.

use axum::http::StatusCode;

use crate::{
    error::{AuthError, Refusal},
    error_code::{ErrorCode, PlainError},
};

const fn unauthorized(name: &'static str, message: &'static str) -> ErrorCode {
    ErrorCode::new(StatusCode::UNAUTHORIZED, name, message)
}

pub(super) const MISMATCH: ErrorCode = unauthorized(
    "UNAUTHORIZED_SIWE_MESSAGE_MISMATCH",
    "Unauthorized: SIWE message does not match the expected nonce, domain, address, or chain ID",
);
pub(super) const INVALID_NONCE: ErrorCode =
    unauthorized("UNAUTHORIZED_INVALID_OR_EXPIRED_NONCE", "Unauthorized: Invalid or expired nonce");
pub(super) const EXPIRED: ErrorCode =
    unauthorized("UNAUTHORIZED_SIWE_MESSAGE_EXPIRED", "Unauthorized: SIWE message has expired");
pub(super) const NOT_YET_VALID: ErrorCode = unauthorized(
    "UNAUTHORIZED_SIWE_MESSAGE_NOT_YET_VALID",
    "Unauthorized: SIWE message is not yet valid",
);
pub(super) const INVALID_SIGNATURE: PlainError =
    PlainError::new(StatusCode::UNAUTHORIZED, "Unauthorized: Invalid SIWE signature");
/// The user could not be created.
pub(super) const FAILED: PlainError =
    PlainError::new(StatusCode::UNAUTHORIZED, "Something went wrong. Please try again later.");
/// The message of better-auth's validation.
pub(super) const EMAIL_REQUIRED: &str =
    "[body.email] Email is required when the anonymous plugin option is disabled.";

/// A refusal as better-auth's module writes it: with the status in the body.
pub(super) fn refused(code: impl Into<Refusal>) -> AuthError {
    code.into().with_status().into()
}
