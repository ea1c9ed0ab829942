//! The module's section of the API reference.

use super::{
    error::INVALID_TOKEN,
    form::{PASSWORD, REPEATED},
    routes::{NewPassword, OpenLink, REQUESTED, Request, Reset},
};
use crate::{
    openapi::{ApiResponse, Operation, Schema, Section, Settings, optional, required},
    password::openapi as password,
};

pub(crate) fn section(settings: &Settings<'_>) -> Section {
    Section::new("Password reset", "Another password, by a mailed link.")
        .with_if(settings.mails, request)
        .with(open_link())
        .with(post_form(settings))
        .with(reset(settings))
}

fn request() -> Operation {
    let answer = Schema::object([
        required("status", Schema::constant(true)),
        required("message", Schema::constant(REQUESTED)),
    ]);
    Operation::post("/request-password-reset", "requestPasswordReset", "Request password reset")
        .described("The response is the same for every address.")
        .takes::<Request>(Schema::object([
            required("email", Schema::email()),
            optional(
                "redirectTo",
                Schema::target().about("The page with a form for the new password."),
            ),
        ]))
        .responds(ApiResponse::json("The mail is sent, if a user has the address.", answer))
}

fn open_link() -> Operation {
    Operation::get("/reset-password/{token}", "resetPasswordCallback", "Reset password callback")
        .described("Without a `callbackURL`, the server shows its own form.")
        .in_path("token", Schema::string())
        .query::<OpenLink>([required("callbackURL", Schema::target())])
        .responds(ApiResponse::page("The server's form; the `callbackURL` is empty."))
        .responds(ApiResponse::redirect(
            "To the `callbackURL`, with `token` in its query, or with `error` if the link is invalid.",
        ))
}

fn post_form(settings: &Settings<'_>) -> Operation {
    let path = "/reset-password/{token}";
    Operation::post(path, "resetPasswordForm", "Reset password (form)")
        .in_path("token", Schema::string())
        .takes_form::<NewPassword>(Schema::object([
            required(PASSWORD, password::new_password(settings)),
            required(REPEATED, Schema::string().about("The new password again.")),
        ]))
        .responds(ApiResponse::page("The password is set."))
        .responds(ApiResponse::redirect("To the error page, if the link is invalid."))
}

fn reset(settings: &Settings<'_>) -> Operation {
    Operation::post("/reset-password", "resetPassword", "Reset password")
        .raw_query([optional("token", Schema::string().about("The token, if the body has none."))])
        .takes::<Reset>(Schema::object([
            required("newPassword", password::new_password(settings)),
            optional("token", Schema::string().about("The token of the link, valid once.")),
        ]))
        .responds(ApiResponse::json("The password is set.", Schema::status()))
        .refuses(password::refusals(settings))
        .refuses([INVALID_TOKEN])
}
