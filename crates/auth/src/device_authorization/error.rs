//! The module's errors, in the form of OAuth.

use axum::http::StatusCode;

use crate::error_code::OauthError;

const fn bad(error: &'static str, description: &'static str) -> OauthError {
    OauthError::new(StatusCode::BAD_REQUEST, error, description)
}

const fn failed(description: &'static str) -> OauthError {
    OauthError::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", description)
}

const fn forbidden(description: &'static str) -> OauthError {
    OauthError::new(StatusCode::FORBIDDEN, "access_denied", description)
}

/// With a description made for the request.
pub(super) const INVALID_REQUEST: OauthError = bad("invalid_request", "Invalid request");
pub(super) const CLIENT_ID_REQUIRED: OauthError = bad("invalid_request", "client_id is required");
pub(super) const INVALID_CLIENT: OauthError = bad("invalid_client", "Invalid client ID");
pub(super) const NO_UNIQUE_CODE: OauthError = failed("Failed to generate a unique device code");

pub(super) const INVALID_DEVICE_CODE: OauthError = bad("invalid_grant", "Invalid device code");
pub(super) const CLIENT_ID_MISMATCH: OauthError = bad("invalid_grant", "Client ID mismatch");
pub(super) const SLOW_DOWN: OauthError = bad("slow_down", "Polling too frequently");
pub(super) const EXPIRED_DEVICE_CODE: OauthError = bad("expired_token", "Device code has expired");
pub(super) const PENDING: OauthError = bad("authorization_pending", "Authorization pending");
pub(super) const ACCESS_DENIED: OauthError = bad("access_denied", "Access denied");
pub(super) const INVALID_STATUS: OauthError = failed("Invalid device code status");
pub(super) const USER_NOT_FOUND: OauthError = failed("User not found");

pub(super) const AUTHENTICATION_REQUIRED: OauthError =
    OauthError::new(StatusCode::UNAUTHORIZED, "unauthorized", "Authentication required");
pub(super) const INVALID_USER_CODE: OauthError = bad("invalid_request", "Invalid user code");
pub(super) const EXPIRED_USER_CODE: OauthError = bad("expired_token", "User code has expired");
pub(super) const ALREADY_PROCESSED: OauthError =
    bad("invalid_request", "Device code already processed");
pub(super) const NOT_CLAIMED: OauthError = bad(
    "invalid_request",
    "Device code has not been claimed by a verifying session; call `GET /device` with the \
     `user_code` while signed in before approving or denying",
);
pub(super) const NOT_YOURS_TO_APPROVE: OauthError =
    forbidden("You are not authorized to approve this device authorization");
pub(super) const NOT_YOURS_TO_DENY: OauthError =
    forbidden("You are not authorized to deny this device authorization");
