//! The module's section of the API reference.

use super::{
    MAX_NAME_LEN,
    error::{
        EMAIL_NOT_VERIFIED, FIELD_NOT_ALLOWED, INVALID_EMAIL, INVALID_EMAIL_OR_PASSWORD,
        USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL,
    },
    input::{SignIn, SignUp},
};
use crate::{
    openapi::{ApiResponse, Operation, Schema, Section, Settings, optional, required},
    password::openapi as password,
};

pub(crate) fn section(settings: &Settings<'_>) -> Section {
    Section::new("Email and password", "Sign-up and sign-in with an e-mail address and a password.")
        .with_if(settings.config.email_password.sign_up, || sign_up(settings))
        .with(sign_in(settings))
}

fn sign_up(settings: &Settings<'_>) -> Operation {
    let conceals = settings.config.email_password.conceals_existing_users();
    let token = if conceals { Schema::constant(()) } else { Schema::string() };
    let answer = Schema::object([
        required(
            "token",
            token.about("The token of the new session; `null` until the user signs in."),
        ),
        required("user", Schema::shared("User")),
    ]);
    let answer = ApiResponse::json("The new user.", answer);
    Operation::post(
        "/sign-up/email",
        "signUpWithEmailAndPassword",
        "Sign up with email and password",
    )
    .takes_form::<SignUp>(Schema::object([
        required("name", Schema::string().length(0, MAX_NAME_LEN)),
        required("email", Schema::email()),
        required("password", password::new_password(settings)),
        optional("image", Schema::string().about("The URL of a picture.")),
        optional("callbackURL", Schema::target()),
        optional("rememberMe", remember_me()),
    ]))
    .responds(if conceals { answer } else { answer.signs_in() })
    .refuses(password::refusals(settings))
    .refuses([FIELD_NOT_ALLOWED])
    .refuses_if(!conceals, [USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL])
}

fn sign_in(settings: &Settings<'_>) -> Operation {
    let answer = Schema::object([
        required("redirect", Schema::boolean().about("Whether there is a `url` to redirect to.")),
        required("token", Schema::string()),
        optional("url", Schema::string().about("The request's `callbackURL`.")),
        required("user", Schema::shared("User")),
    ]);
    Operation::post("/sign-in/email", "signInEmail", "Sign in with email and password")
        .takes_form::<SignIn>(Schema::object([
            required("email", Schema::email()),
            required("password", password::current_password(settings)),
            optional("callbackURL", Schema::target()),
            optional("rememberMe", remember_me()),
        ]))
        .responds(
            ApiResponse::json("The user and the new session's token.", answer)
                .signs_in()
                .with_location(),
        )
        .refuses(password::CURRENT)
        .refuses([INVALID_EMAIL, INVALID_EMAIL_OR_PASSWORD])
        .refuses_if(settings.config.email_password.require_verification, [EMAIL_NOT_VERIFIED])
}

fn remember_me() -> Schema {
    Schema::boolean().about("`false`: the session ends when the browser closes, or after one day.")
}
