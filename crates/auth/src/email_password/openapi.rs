//! The module's section of the API reference.

use super::{
    MAX_NAME_LEN,
    error::{
        FIELD_NOT_ALLOWED, INVALID_EMAIL, INVALID_EMAIL_OR_PASSWORD,
        USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL,
    },
    input::{SignIn, SignUp},
};
use crate::{
    error_code::EMAIL_NOT_VERIFIED,
    openapi::{ApiResponse, Operation, Schema, Section, Settings, optional, required},
    password::openapi as password,
    phone_number::openapi as phone_number,
    username::openapi as username,
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
    let fields = [
        required("name", Schema::string().length(0, MAX_NAME_LEN)),
        required("email", Schema::email()),
        required("password", password::new_password(settings)),
        optional("image", Schema::string().about("The URL of a picture.")),
        optional("callbackURL", Schema::target()),
        optional("rememberMe", password::remember_me()),
    ];
    Operation::post(
        "/sign-up/email",
        "signUpWithEmailAndPassword",
        "Sign up with email and password",
    )
    .takes_form::<SignUp>(Schema::object(fields.into_iter().chain(username::fields(settings))))
    .responds(if conceals { answer } else { answer.signs_in() })
    .refuses(password::refusals(settings))
    .refuses([FIELD_NOT_ALLOWED])
    .refuses(username::refusals(settings, false))
    .refuses(phone_number::refusals_of_sign_up(settings))
    .refuses_if(!conceals, [USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL])
}

fn sign_in(settings: &Settings<'_>) -> Operation {
    Operation::post("/sign-in/email", "signInEmail", "Sign in with email and password")
        .takes_form::<SignIn>(Schema::object([
            required("email", Schema::email()),
            required("password", password::current_password(settings)),
            optional("callbackURL", Schema::target()),
            optional("rememberMe", password::remember_me()),
        ]))
        .responds(password::signed_in(settings))
        .refuses(password::CURRENT)
        .refuses([INVALID_EMAIL, INVALID_EMAIL_OR_PASSWORD])
        .refuses_if(settings.config.email_password.require_verification, [EMAIL_NOT_VERIFIED])
}
