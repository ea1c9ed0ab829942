//! The module's section of the API reference.

use super::{
    error::{CLIENT_REQUESTS_DISABLED, INVALID_TOKEN, SESSION_EXPIRED, SESSION_NOT_FOUND},
    routes::Verify,
};
use crate::openapi::{ApiResponse, Operation, Schema, Section, Settings, required};

pub(crate) fn section(settings: &Settings<'_>) -> Section {
    Section::new("One-time tokens", "Passing a session on with a token that works once.")
        .with(generate(settings))
        .with(verify(settings))
}

fn generate(settings: &Settings<'_>) -> Operation {
    let answer = Schema::object([required("token", Schema::string())]);
    let config = &settings.config.plugins.one_time_token;
    let disabled = config.disable_client_request.then_some(CLIENT_REQUESTS_DISABLED);
    Operation::get("/one-time-token/generate", "generateOneTimeToken", "Generate a token")
        .session()
        .responds(ApiResponse::json("A token for the current session.", answer))
        .refuses(disabled)
}

fn verify(settings: &Settings<'_>) -> Operation {
    let answer = Schema::object([
        required("session", Schema::shared("Session")),
        required("user", Schema::shared("User")),
    ]);
    let response = ApiResponse::json("The session of the token, which is consumed.", answer);
    let sets_cookies = !settings.config.plugins.one_time_token.disable_set_session_cookie;
    Operation::post("/one-time-token/verify", "verifyOneTimeToken", "Use a token")
        .takes::<Verify>(Schema::object([required("token", Schema::string())]))
        .responds(if sets_cookies { response.signs_in() } else { response })
        .refuses([INVALID_TOKEN, SESSION_NOT_FOUND, SESSION_EXPIRED])
}
