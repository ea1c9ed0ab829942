//! The module's section of the API reference.

use super::SignOut;
use crate::openapi::{ApiResponse, Operation, Schema, Section, Settings, optional, required};

pub(crate) fn section(_: &Settings<'_>) -> Section {
    Section::new("Sign-out", "Ending the session of the browser.").with(sign_out())
}

fn sign_out() -> Operation {
    let answer = Schema::object([
        required("success", Schema::constant(true)),
        optional("url", Schema::string().about("The logout URL of the user's provider.")),
        optional("redirect", Schema::boolean().about("Whether to go to `url`.")),
    ]);
    Operation::post("/sign-out", "signOut", "Sign out")
        .described(
            "If the user has an account at an OpenID provider with a logout URL, the response \
             names that URL, with `callbackURL` as the page to which the provider returns.",
        )
        .maybe_session()
        .takes::<SignOut>(Schema::object([
            optional("callbackURL", Schema::target()),
            optional("disableRedirect", Schema::boolean()),
            optional("state", Schema::string()),
        ]))
        .responds(ApiResponse::json("The session has ended.", answer).signs_out())
}
