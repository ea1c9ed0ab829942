//! The module's error codes: of refusals, and of redirects after an authorization response.

use axum::http::StatusCode;

use crate::error_code::ErrorCode;

pub(super) const PROVIDER_NOT_FOUND: ErrorCode =
    ErrorCode::new(StatusCode::NOT_FOUND, "PROVIDER_NOT_FOUND", "Provider not found");
pub(super) const ID_TOKEN_NOT_SUPPORTED: ErrorCode =
    ErrorCode::new(StatusCode::NOT_FOUND, "ID_TOKEN_NOT_SUPPORTED", "id_token not supported");
pub(super) const INVALID_TOKEN: ErrorCode =
    ErrorCode::new(StatusCode::UNAUTHORIZED, "INVALID_TOKEN", "Invalid token");
pub(super) const FAILED_TO_GET_USER_INFO: ErrorCode =
    ErrorCode::new(StatusCode::UNAUTHORIZED, "FAILED_TO_GET_USER_INFO", "Failed to get user info");
pub(super) const USER_EMAIL_NOT_FOUND: ErrorCode =
    ErrorCode::new(StatusCode::UNAUTHORIZED, "USER_EMAIL_NOT_FOUND", "User email not found");
/// The message is that of the reason.
pub(super) const OAUTH_LINK_ERROR: ErrorCode =
    ErrorCode::new(StatusCode::UNAUTHORIZED, "OAUTH_LINK_ERROR", "account not linked");

// The codes in `?error=` after a redirect.
pub(super) const STATE_NOT_FOUND: &str = "state_not_found";
pub(super) const STATE_MISMATCH: &str = "state_mismatch";
pub(super) const STATE_INVALID: &str = "state_invalid";
pub(super) const NO_CODE: &str = "no_code";
pub(super) const NO_PROVIDER: &str = "oauth_provider_not_found";
pub(super) const ISSUER_MISMATCH: &str = "issuer_mismatch";
pub(super) const ISSUER_MISSING: &str = "issuer_missing";
pub(super) const INVALID_CODE: &str = "invalid_code";
pub(super) const NONCE_BINDING_MISSING: &str = "nonce_binding_missing";
pub(super) const UNABLE_TO_GET_USER_INFO: &str = "unable_to_get_user_info";
pub(super) const EMAIL_NOT_FOUND: &str = "email_not_found";
pub(super) const INTERNAL_ERROR: &str = "internal_server_error";

// The codes of the plugin `oauth-proxy`.
pub(super) const MISSING_PROFILE: &str = "missing_profile";
pub(super) const PROVIDER_MISMATCH: &str = "provider_mismatch";
pub(super) const PAYLOAD_EXPIRED: &str = "payload_expired";
/// Not in better-auth.
pub(super) const UNTRUSTED_PREVIEW: &str = "untrusted_preview";

// The codes of the plugin `oauth-popup`, for the page that opened the window.
pub(super) const INVALID_CALLBACK_URL: &str = "invalid_callback_url";
pub(super) const INVALID_ERROR_CALLBACK_URL: &str = "invalid_error_callback_url";
pub(super) const INVALID_NEW_USER_CALLBACK_URL: &str = "invalid_new_user_callback_url";
pub(super) const POPUP_PROVIDER_NOT_FOUND: &str = "provider_not_found";
pub(super) const POPUP_SIGN_IN_FAILED: &str = "popup_sign_in_failed";
