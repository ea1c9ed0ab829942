//! The module's section of the API reference.

use super::{
    error::INVALID_TOKEN,
    form::{PASSWORD, REPEATED},
    routes::{Choose, Follow, REQUESTED, Request, Reset},
};
use crate::{
    openapi::{ApiResponse, Operation, Schema, Section, Settings, optional, required},
    password::openapi as password,
};

pub(crate) fn section(settings: &Settings<'_>) -> Section {
    Section::new("Forgotten passwords", "Another password, by a mailed link.")
        .with_if(settings.mails, request)
        .with(follow())
        .with(choose(settings))
        .with(reset(settings))
}

fn request() -> Operation {
    let answer = Schema::object([
        required("status", Schema::just(true)),
        required("message", Schema::just(REQUESTED)),
    ]);
    Operation::post("/request-password-reset", "requestPasswordReset", "Mail a link to reset")
        .described("The answer is the same whoever has the address.")
        .takes::<Request>(Schema::object([
            required("email", Schema::email()),
            optional("redirectTo", Schema::target().about("The page that asks for the new one.")),
        ]))
        .answers(ApiResponse::json("The mail is on its way, if somebody has the address.", answer))
}

fn follow() -> Operation {
    Operation::get("/reset-password/{token}", "resetPasswordCallback", "Follow that link")
        .described("An empty `callbackURL` names no page: the server's own asks then.")
        .in_path("token", Schema::string())
        .query::<Follow>([required("callbackURL", Schema::target())])
        .answers(ApiResponse::page("The server's page, without a `callbackURL`."))
        .answers(ApiResponse::redirect(
            "To the page, with `token` in its query, or with `error` if the link does not count.",
        ))
}

fn choose(settings: &Settings<'_>) -> Operation {
    let path = "/reset-password/{token}";
    Operation::post(path, "resetPasswordForm", "Set another password by the server's page")
        .in_path("token", Schema::string())
        .takes_form::<Choose>(Schema::object([
            required(PASSWORD, password::new_password(settings)),
            required(REPEATED, Schema::string().about("The new password again.")),
        ]))
        .answers(ApiResponse::page("It is set."))
        .answers(ApiResponse::redirect("To the page of errors, if the link does not count."))
}

fn reset(settings: &Settings<'_>) -> Operation {
    Operation::post("/reset-password", "resetPassword", "Set another password")
        .raw_query([optional("token", Schema::string().about("If it is not in the body."))])
        .takes::<Reset>(Schema::object([
            required("newPassword", password::new_password(settings)),
            optional("token", Schema::string().about("From the link; counts once.")),
        ]))
        .answers(ApiResponse::json("It is set.", Schema::done()))
        .refuses(password::refusals(settings))
        .refuses([INVALID_TOKEN])
}
