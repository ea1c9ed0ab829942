//! The module's error codes.

use axum::http::StatusCode;

use crate::error_code::ErrorCode;

pub(super) const INVALID_USERNAME_OR_PASSWORD: ErrorCode = ErrorCode::new(
    StatusCode::UNAUTHORIZED,
    "INVALID_USERNAME_OR_PASSWORD",
    "Invalid username or password",
);
pub(crate) const USERNAME_IS_ALREADY_TAKEN: ErrorCode = ErrorCode::new(
    StatusCode::BAD_REQUEST,
    "USERNAME_IS_ALREADY_TAKEN",
    "Username is already taken. Please try another.",
);
pub(super) const USERNAME_TOO_SHORT: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "USERNAME_TOO_SHORT", "Username is too short");
pub(super) const USERNAME_TOO_LONG: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "USERNAME_TOO_LONG", "Username is too long");
pub(super) const INVALID_USERNAME: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "INVALID_USERNAME", "Username is invalid");
pub(super) const INVALID_DISPLAY_USERNAME: ErrorCode = ErrorCode::new(
    StatusCode::BAD_REQUEST,
    "INVALID_DISPLAY_USERNAME",
    "Display username is invalid",
);
pub(super) const USERNAME_IS_IMMUTABLE: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "USERNAME_IS_IMMUTABLE", "Username cannot be updated");

/// The refusals of a name where none can be stored, which have another status in better-auth.
pub(super) const UNPROCESSABLE: [ErrorCode; 3] = [
    unprocessable(USERNAME_TOO_SHORT),
    unprocessable(USERNAME_TOO_LONG),
    unprocessable(INVALID_USERNAME),
];

pub(super) const fn unprocessable(code: ErrorCode) -> ErrorCode {
    ErrorCode { status: StatusCode::UNPROCESSABLE_ENTITY, ..code }
}
