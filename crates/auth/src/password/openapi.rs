//! Passwords in the API reference.

use super::error::{PASSWORD_TOO_LONG, PASSWORD_TOO_SHORT, PASSWORD_TOO_WEAK};
use crate::{
    breach_check::PASSWORD_COMPROMISED,
    error_code::ErrorCode,
    openapi::{ApiResponse, Schema, Settings, optional, required},
    plugin::Plugin,
    two_factor::openapi::or_challenge,
};

/// The schema of a new password.
pub(crate) fn new_password(settings: &Settings<'_>) -> Schema {
    let config = &settings.config.password;
    Schema::string().length(config.min_length, config.max_length)
}

/// The schema of a current password.
pub(crate) fn current_password(settings: &Settings<'_>) -> Schema {
    Schema::string().length(0, settings.config.password.max_length)
}

/// The refusals of a new password.
pub(crate) fn refusals(settings: &Settings<'_>) -> Vec<ErrorCode> {
    let weak = (settings.config.password.min_score > 0).then_some(PASSWORD_TOO_WEAK);
    let breached = settings.config.plugins.has(Plugin::HaveIBeenPwned);
    let breached = breached.then_some(PASSWORD_COMPROMISED);
    [PASSWORD_TOO_SHORT, PASSWORD_TOO_LONG].into_iter().chain(weak).chain(breached).collect()
}

/// The refusals of a current password.
pub(crate) const CURRENT: [ErrorCode; 1] = [PASSWORD_TOO_LONG];

/// The response of a sign-in with a password, which may redirect.
pub(crate) fn signed_in(settings: &Settings<'_>) -> ApiResponse {
    let answer = Schema::object([
        required("redirect", Schema::boolean().about("Whether there is a `url` to redirect to.")),
        required("token", Schema::string()),
        optional("url", Schema::string().about("The request's `callbackURL`.")),
        required("user", Schema::shared("User")),
    ]);
    let response = ApiResponse::json("The user and the new session's token.", answer);
    or_challenge(settings, response.signs_in().with_location())
}

/// The field `rememberMe`.
pub(crate) fn remember_me() -> Schema {
    Schema::boolean().about("`false`: the session ends when the browser closes, or after one day.")
}
