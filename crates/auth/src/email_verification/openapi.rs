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
    Section::new("Verifying addresses", "Proving that an address is its user's, by a mailed link.")
        .with_if(settings.mails, send)
        .with(follow())
        .with(verify())
}

fn send() -> Operation {
    Operation::post(
        "/send-verification-email",
        "sendVerificationEmail",
        "Mail a link that verifies",
    )
    .described("Anonymously, the answer is the same whoever has the address.")
    .maybe_session()
    .takes::<Send>(Schema::object([
        required("email", Schema::email()),
        optional("callbackURL", Schema::target()),
    ]))
    .answers(ApiResponse::json(
        "The mail is on its way, if there is somebody to get it.",
        Schema::done(),
    ))
    .refuses([EMAIL_MISMATCH, EMAIL_ALREADY_VERIFIED])
}

fn follow() -> Operation {
    let operation = Operation::get("/verify-email", "verifyEmail", "Do what a mailed link says");
    finishes(operation, ApiResponse::or_page)
        .described(
            "Verifies an address. A step of changing it is taken for the user's own session \
             alone: whoever has none is shown a page with a button, which posts; so is who \
             would be signed in, but for a page's own request.",
        )
        .query::<Verify>(fields())
        .refuses([CONFIRMATION_REQUIRED])
}

fn verify() -> Operation {
    let operation =
        Operation::post("/verify-email", "verifyEmailPost", "Do what a mailed link says");
    finishes(operation, |answer| answer)
        .described("Verifies an address, or takes the next step of changing it.")
        .takes_form::<Verify>(Schema::object(fields()))
}

fn fields() -> [Field; 2] {
    [
        required("token", Schema::string().about("From the link.")),
        optional("callbackURL", Schema::target()),
    ]
}

/// What both methods say and answer; what GET answers beside JSON.
fn finishes(operation: Operation, or: impl FnOnce(ApiResponse) -> ApiResponse) -> Operation {
    let user = Schema::shared("User").nullable().about("Whose address was changed.");
    let answer = Schema::object([required("status", Schema::just(true)), optional("user", user)]);
    operation
        .maybe_session()
        .answers(or(ApiResponse::json("Done; without a `callbackURL`.", answer).signs_in()))
        .answers(
            ApiResponse::redirect(
                "To the `callbackURL`, with the code as `error` if it was refused.",
            )
            .signs_in(),
        )
        .refuses([INVALID_TOKEN, TOKEN_EXPIRED, INVALID_USER, EMAIL_TAKEN])
}
