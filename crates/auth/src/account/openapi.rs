//! The module's section of the API reference.

use super::{
    error::{ACCOUNT_NOT_FOUND, FAILED_TO_UNLINK_LAST_ACCOUNT},
    routes::UnlinkAccount,
};
use crate::openapi::{ApiResponse, Operation, Schema, Section, Settings, required};

pub(crate) fn section(settings: &Settings<'_>) -> Section {
    Section::new("Ways to sign in", "The accounts by which a user may sign in.")
        .with(list())
        .with(unlink(settings))
}

fn list() -> Operation {
    Operation::get("/list-accounts", "listUserAccounts", "One's ways to sign in")
        .session()
        .answers(ApiResponse::json("All of them.", Schema::shared("Account").list()))
}

fn unlink(settings: &Settings<'_>) -> Operation {
    let id = Schema::string().about("The `id` of one that is listed.");
    Operation::post("/unlink-account", "unlinkAccount", "Remove one of them")
        .fresh_session()
        .takes::<UnlinkAccount>(Schema::object([required("accountId", id)]))
        .answers(ApiResponse::json("It is removed.", Schema::done()))
        .refuses([ACCOUNT_NOT_FOUND])
        .refuses_if(!settings.config.account.unlink_last, [FAILED_TO_UNLINK_LAST_ACCOUNT])
}
