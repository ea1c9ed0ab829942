//! The module's section of the API reference.

use super::{
    error::{ACCOUNT_NOT_FOUND, FAILED_TO_UNLINK_LAST_ACCOUNT},
    routes::UnlinkAccount,
};
use crate::openapi::{ApiResponse, Operation, Schema, Section, Settings, required};

pub(crate) fn section(settings: &Settings<'_>) -> Section {
    Section::new(
        "Accounts",
        "The sign-in methods of a user: a password, and identities at providers.",
    )
    .with(list())
    .with(unlink(settings))
}

fn list() -> Operation {
    Operation::get("/list-accounts", "listUserAccounts", "List accounts")
        .session()
        .responds(ApiResponse::json("All accounts of the user.", Schema::shared("Account").list()))
}

fn unlink(settings: &Settings<'_>) -> Operation {
    let id = Schema::string().about("The `id` of a listed account.");
    Operation::post("/unlink-account", "unlinkAccount", "Unlink account")
        .fresh_session()
        .takes::<UnlinkAccount>(Schema::object([required("accountId", id)]))
        .responds(ApiResponse::json("The account is unlinked.", Schema::status()))
        .refuses([ACCOUNT_NOT_FOUND])
        .refuses_if(!settings.config.account.unlink_last, [FAILED_TO_UNLINK_LAST_ACCOUNT])
}
