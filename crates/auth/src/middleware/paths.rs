//! The paths of all routes, and those that are aliases.

use axum::http::Method;

/// All routes, each of which can be disabled.
pub const PATHS: &[&str] = &[
    "/account-info",
    "/callback/{id}",
    "/callback/{id}/oauth-proxy",
    "/change-email",
    "/change-password",
    "/delete-anonymous-user",
    "/delete-user",
    "/delete-user/callback",
    "/device",
    "/device/approve",
    "/device/code",
    "/device/deny",
    "/device/token",
    "/docs",
    "/email-otp/change-email",
    "/email-otp/check-verification-otp",
    "/email-otp/request-email-change",
    "/email-otp/request-password-reset",
    "/email-otp/reset-password",
    "/email-otp/send-verification-otp",
    "/email-otp/verify-email",
    "/error",
    "/forget-password/email-otp",
    "/get-access-token",
    "/get-session",
    "/is-username-available",
    "/link-social",
    "/list-accounts",
    "/list-sessions",
    "/magic-link/verify",
    "/multi-session/list-device-sessions",
    "/multi-session/revoke",
    "/multi-session/set-active",
    "/oauth-popup/start",
    "/oauth-proxy-callback",
    "/ok",
    "/one-tap/callback",
    "/one-time-token/generate",
    "/one-time-token/verify",
    "/open-api/generate-schema",
    "/passkey/delete-passkey",
    "/passkey/generate-authenticate-options",
    "/passkey/generate-register-options",
    "/passkey/list-user-passkeys",
    "/passkey/update-passkey",
    "/passkey/verify-authentication",
    "/passkey/verify-registration",
    "/phone-number/request-password-reset",
    "/phone-number/reset-password",
    "/phone-number/send-otp",
    "/phone-number/verify",
    "/plugins",
    "/providers",
    "/reference",
    "/reference/{version}/{file}",
    "/refresh-token",
    "/request-password-reset",
    "/reset-password",
    "/reset-password/{token}",
    "/revoke-other-sessions",
    "/revoke-session",
    "/revoke-sessions",
    "/send-verification-email",
    "/session",
    "/sign-in/anonymous",
    "/sign-in/email",
    "/sign-in/email-otp",
    "/sign-in/magic-link",
    "/sign-in/phone-number",
    "/sign-in/social",
    "/sign-in/username",
    "/sign-out",
    "/sign-up/email",
    "/siwe/get-nonce",
    "/siwe/nonce",
    "/siwe/verify",
    "/two-factor/disable",
    "/two-factor/enable",
    "/two-factor/generate-backup-codes",
    "/two-factor/get-totp-uri",
    "/two-factor/send-otp",
    "/two-factor/verify-backup-code",
    "/two-factor/verify-otp",
    "/two-factor/verify-totp",
    "/unlink-account",
    "/update-session",
    "/update-user",
    "/verify-email",
    "/verify-password",
];

/// Whether a route, or the one that it is an alias of, is disabled.
pub(crate) fn is_disabled(disabled: &[String], route: &str) -> bool {
    let names = [Some(route), alias_of(route)];
    disabled.iter().any(|disabled| names.contains(&Some(disabled.trim_end_matches('/'))))
}

/// The route whose name the settings and limits of a request use: another one if it has the same
/// effect.
pub(crate) fn main_route<'r>(method: &Method, route: &'r str) -> &'r str {
    match route {
        // A mailed link is opened without its form.
        "/reset-password/{token}" if method != Method::POST => route,
        _ => alias_of(route).unwrap_or(route),
    }
}

/// The route that has the same effect.
fn alias_of(route: &str) -> Option<&'static str> {
    match route {
        "/session" => Some("/get-session"),
        "/docs" => Some("/reference"),
        "/forget-password/email-otp" => Some("/email-otp/request-password-reset"),
        "/oauth-proxy-callback" => Some("/callback/{id}/oauth-proxy"),
        "/siwe/get-nonce" => Some("/siwe/nonce"),
        // Its form has the same effect.
        "/reset-password/{token}" => Some("/reset-password"),
        _ => None,
    }
}
