//! The module's section of the API reference, and its fields in those of others.

use super::{
    error::{
        INVALID_DISPLAY_USERNAME, INVALID_USERNAME, INVALID_USERNAME_OR_PASSWORD, UNPROCESSABLE,
        USERNAME_IS_ALREADY_TAKEN, USERNAME_IS_IMMUTABLE, USERNAME_TOO_LONG, USERNAME_TOO_SHORT,
    },
    name::MAX_DISPLAY_LEN,
    routes::{Availability, SignIn},
};
use crate::{
    error_code::{EMAIL_NOT_VERIFIED, ErrorCode},
    openapi::{ApiResponse, Field, Operation, Schema, Section, Settings, optional, required},
    password::openapi as password,
    plugin::Plugin,
};

pub(crate) fn section(settings: &Settings<'_>) -> Section {
    Section::new("User names", "Sign-in with a user name and a password.")
        .with(sign_in(settings))
        .with(is_available())
}

fn sign_in(settings: &Settings<'_>) -> Operation {
    Operation::post("/sign-in/username", "signInUsername", "Sign in with username")
        .takes::<SignIn>(Schema::object([
            required("username", Schema::string()),
            required("password", password::current_password(settings)),
            optional("callbackURL", Schema::target()),
            optional("rememberMe", password::remember_me()),
        ]))
        .responds(password::signed_in(settings))
        .refuses(password::CURRENT)
        .refuses([INVALID_USERNAME_OR_PASSWORD])
        .refuses(UNPROCESSABLE)
        .refuses_if(settings.config.email_password.require_verification, [EMAIL_NOT_VERIFIED])
}

fn is_available() -> Operation {
    let answer = Schema::object([required("available", Schema::boolean())]);
    Operation::post("/is-username-available", "isUsernameAvailable", "Is username available")
        .takes::<Availability>(Schema::object([required("username", Schema::string())]))
        .responds(ApiResponse::json("Whether no user has the name.", answer))
        .refuses(UNPROCESSABLE)
}

/// The fields of sign-up and of updates.
pub(crate) fn fields(settings: &Settings<'_>) -> Vec<Field> {
    let plugins = &settings.config.plugins;
    if !plugins.has(Plugin::Username) {
        return Vec::new();
    }
    let config = &plugins.username;
    let username = Schema::string().length(config.min_length, config.max_length).nullable();
    let display = Schema::string().length(0, MAX_DISPLAY_LEN).nullable();
    let display = optional("displayUsername", display.about("The name as others see it."));
    let display = config.has_display.then_some(display);
    [optional("username", username)].into_iter().chain(display).collect()
}

/// The refusals of sign-up and of updates.
pub(crate) fn refusals(settings: &Settings<'_>, updates: bool) -> Vec<ErrorCode> {
    let plugins = &settings.config.plugins;
    if !plugins.has(Plugin::Username) {
        return Vec::new();
    }
    let display = plugins.username.has_display.then_some(INVALID_DISPLAY_USERNAME);
    let fixed = (updates && plugins.username.immutable).then_some(USERNAME_IS_IMMUTABLE);
    let all = [USERNAME_TOO_SHORT, USERNAME_TOO_LONG, INVALID_USERNAME, USERNAME_IS_ALREADY_TAKEN];
    all.into_iter().chain(display).chain(fixed).collect()
}
