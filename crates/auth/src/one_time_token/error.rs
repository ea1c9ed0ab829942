//! The module's refusals, which have no codes in better-auth.

use axum::http::StatusCode;

use crate::error_code::PlainError;

pub(super) const CLIENT_REQUESTS_DISABLED: PlainError = refused("Client requests are disabled");
pub(super) const INVALID_TOKEN: PlainError = refused("Invalid token");
pub(super) const SESSION_NOT_FOUND: PlainError = refused("Session not found");
pub(super) const SESSION_EXPIRED: PlainError = refused("Session expired");

const fn refused(message: &'static str) -> PlainError {
    PlainError::new(StatusCode::BAD_REQUEST, message)
}
