//! The module's section of the API reference.

use super::{
    error::{CONFIRMATION_REQUIRED, INVALID_CALLBACK_URL, MAILS_OFF},
    input::{Request, Verify},
};
use crate::{
    email_password::MAX_NAME_LEN,
    openapi::{ApiResponse, Field, Operation, Schema, Section, Settings, optional, required},
};

pub(crate) fn section(_settings: &Settings<'_>) -> Section {
    Section::new("Magic links", "Sign-in with a mailed link.")
        .with(request())
        .with(open_link())
        .with(post_token())
}

fn request() -> Operation {
    let name = Schema::string().length(0, MAX_NAME_LEN).about("Of a new user.");
    Operation::post("/sign-in/magic-link", "signInWithMagicLink", "Mail a link to sign in")
        .described("The response is the same for every address.")
        .takes::<Request>(Schema::object([
            required("email", Schema::email()),
            optional("name", name),
            optional("callbackURL", Schema::target()),
            optional("newUserCallbackURL", Schema::target()),
            optional("errorCallbackURL", Schema::target()),
            optional("metadata", Schema::any_object().about("Ignored.")),
        ]))
        .responds(ApiResponse::json("The link is mailed.", Schema::status()))
        .refuses([MAILS_OFF])
}

fn open_link() -> Operation {
    let operation = Operation::get("/magic-link/verify", "verifyMagicLink", "Sign in with a link");
    with_responses(operation, ApiResponse::or_page)
        .described(
            "Signs in once. Where a setting says so, or in a browser with the session of a user who \
             neither requested the link nor has its address, it shows a page with a button, which \
             posts the token.",
        )
        .query::<Verify>(fields())
        .refuses([INVALID_CALLBACK_URL, CONFIRMATION_REQUIRED])
}

fn post_token() -> Operation {
    let operation =
        Operation::post("/magic-link/verify", "verifyMagicLinkPost", "Sign in with a link");
    with_responses(operation, ApiResponse::or_page)
        .described("Signs in once.")
        .takes_form::<Verify>(Schema::object(fields()))
}

fn fields() -> [Field; 4] {
    [
        required("token", Schema::string().about("The token of the link.")),
        optional("callbackURL", Schema::target()),
        optional("errorCallbackURL", Schema::target()),
        optional("newUserCallbackURL", Schema::target()),
    ]
}

/// The responses of both methods; `or` adds a page.
fn with_responses(operation: Operation, or: impl FnOnce(ApiResponse) -> ApiResponse) -> Operation {
    let answer = Schema::object([
        required("token", Schema::string()),
        required("user", Schema::shared("User")),
        required("session", Schema::shared("Session")),
    ]);
    let described = "The link has no `callbackURL`.";
    operation.responds(or(ApiResponse::json(described, answer).signs_in())).responds(
        ApiResponse::redirect(
            "To the `callbackURL`, or the `newUserCallbackURL` for a new user; after a refusal to \
             the `errorCallbackURL`, with the code as `error`.",
        )
        .signs_in(),
    )
}
