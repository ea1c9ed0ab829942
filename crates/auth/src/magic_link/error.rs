//! The module's error codes.

use axum::http::StatusCode;

use crate::error_code::{ErrorCode, PlainError};

/// A redirect target that is not trusted. better-auth names every target so.
pub(super) const INVALID_CALLBACK_URL: ErrorCode =
    ErrorCode::new(StatusCode::FORBIDDEN, "INVALID_CALLBACK_URL", "Invalid callbackURL");
/// Not in better-auth: a page of another site, or of none, must not sign its visitor in.
pub(super) const CONFIRMATION_REQUIRED: ErrorCode = ErrorCode::new(
    StatusCode::UNAUTHORIZED,
    "CONFIRMATION_REQUIRED",
    "Open the link, or post the token, to sign in",
);
/// Not in better-auth: mails are off.
pub(super) const MAILS_OFF: PlainError =
    PlainError::new(StatusCode::BAD_REQUEST, "Magic links are not enabled");

/// The codes in `?error=` of the redirect.
pub(super) const INVALID_TOKEN: &str = "INVALID_TOKEN";
pub(super) const NEW_USER_SIGNUP_DISABLED: &str = "new_user_signup_disabled";
