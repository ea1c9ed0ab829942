//! The error codes of the routes for linked accounts.

use axum::http::StatusCode;

use crate::error_code::ErrorCode;

/// The message names the provider.
pub(super) const PROVIDER_NOT_SUPPORTED: ErrorCode =
    bad_request("PROVIDER_NOT_SUPPORTED", "Provider github is not supported.");
/// The message names the provider.
pub(super) const TOKEN_REFRESH_NOT_SUPPORTED: ErrorCode = bad_request(
    "TOKEN_REFRESH_NOT_SUPPORTED",
    "Provider github does not support token refreshing.",
);
pub(super) const PROVIDER_NOT_CONFIGURED: ErrorCode = bad_request(
    "PROVIDER_NOT_CONFIGURED",
    "Account is not associated with a configured social provider.",
);
pub(super) const ACCESS_TOKEN_NOT_FOUND: ErrorCode =
    bad_request("ACCESS_TOKEN_NOT_FOUND", "Access token not found");
pub(super) const REFRESH_TOKEN_NOT_FOUND: ErrorCode =
    bad_request("REFRESH_TOKEN_NOT_FOUND", "Refresh token not found");
pub(super) const FAILED_TO_GET_ACCESS_TOKEN: ErrorCode =
    bad_request("FAILED_TO_GET_ACCESS_TOKEN", "Failed to get a valid access token");
pub(super) const FAILED_TO_REFRESH_ACCESS_TOKEN: ErrorCode =
    bad_request("FAILED_TO_REFRESH_ACCESS_TOKEN", "Failed to refresh access token");
pub(super) const SOCIAL_ACCOUNT_ALREADY_LINKED: ErrorCode = ErrorCode::new(
    StatusCode::CONFLICT,
    "SOCIAL_ACCOUNT_ALREADY_LINKED",
    "Social account already linked",
);
pub(super) const LINKING_NOT_ALLOWED: ErrorCode = ErrorCode::new(
    StatusCode::UNAUTHORIZED,
    "LINKING_NOT_ALLOWED",
    "Account not linked - linking not allowed",
);
pub(super) const LINKING_DIFFERENT_EMAILS_NOT_ALLOWED: ErrorCode = ErrorCode::new(
    StatusCode::UNAUTHORIZED,
    "LINKING_DIFFERENT_EMAILS_NOT_ALLOWED",
    "Account not linked - different emails not allowed",
);

// The codes in `?error=` after a redirect.
pub(super) const UNABLE_TO_LINK_ACCOUNT: &str = "unable_to_link_account";
pub(super) const EMAIL_DOES_NOT_MATCH: &str = "email_does_not_match";
pub(super) const ACCOUNT_ALREADY_LINKED: &str = "account_already_linked_to_different_user";

const fn bad_request(name: &'static str, message: &'static str) -> ErrorCode {
    ErrorCode::new(StatusCode::BAD_REQUEST, name, message)
}
