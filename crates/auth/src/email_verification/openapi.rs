//! The module's section of the API reference.

use super::{
    error::{
        CONFIRMATION_REQUIRED, EMAIL_ALREADY_VERIFIED, EMAIL_MISMATCH, EMAIL_TAKEN, INVALID_TOKEN,
        INVALID_USER, TOKEN_EXPIRED,
    },
    routes::{Send, Verify},
};
use crate::openapi::{
    ApiResponse, Field, Operation, Schema, Section, Settings, optional, required,
};

pub(crate) fn section(settings: &Settings<'_>) -> Section {
    Section::new("Email verification", "Verification of addresses, by a mailed link.")
        .with_if(settings.mails, send)
        .with(open_link())
        .with(post_token())
}

fn send() -> Operation {
    Operation::post("/send-verification-email", "sendVerificationEmail", "Send verification email")
        .described("An anonymous request gets the same response for every address.")
        .maybe_session()
        .takes::<Send>(Schema::object([
            required("email", Schema::email()),
            optional("callbackURL", Schema::target()),
        ]))
        .responds(ApiResponse::json(
            "The mail is sent, if an unverified user has the address.",
            Schema::status(),
        ))
        .refuses([EMAIL_MISMATCH, EMAIL_ALREADY_VERIFIED])
}

fn open_link() -> Operation {
    let operation = Operation::get("/verify-email", "verifyEmail", "Verify email");
    with_responses(operation, ApiResponse::or_page)
        .described(
            "Verifies an address, or takes a step of changing it. A step requires the user's own \
             session. A request without a session gets a page with a button, which posts the \
             token. So does a request that would create a session, unless a trusted page's script \
             sends it.",
        )
        .query::<Verify>(fields())
        .refuses([CONFIRMATION_REQUIRED])
}

fn post_token() -> Operation {
    let operation = Operation::post("/verify-email", "verifyEmailPost", "Verify email");
    with_responses(operation, |answer| answer)
        .described("Verifies an address, or takes a step of changing it.")
        .takes_form::<Verify>(Schema::object(fields()))
}

fn fields() -> [Field; 2] {
    [
        required("token", Schema::string().about("The token of the link.")),
        optional("callbackURL", Schema::target()),
    ]
}

/// The responses of both methods; `or` adds a response of GET.
fn with_responses(operation: Operation, or: impl FnOnce(ApiResponse) -> ApiResponse) -> Operation {
    let user = Schema::shared("User").nullable().about("The user whose address was changed.");
    let answer =
        Schema::object([required("status", Schema::constant(true)), optional("user", user)]);
    operation
        .maybe_session()
        .responds(or(ApiResponse::json(
            "The step is taken; the link has no `callbackURL`.",
            answer,
        )
        .signs_in()))
        .responds(
            ApiResponse::redirect(
                "To the `callbackURL`, with the code as `error` after a refusal.",
            )
            .signs_in(),
        )
        .refuses([INVALID_TOKEN, TOKEN_EXPIRED, INVALID_USER, EMAIL_TAKEN])
}
