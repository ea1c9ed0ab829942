//! The module's section of the API reference.

use crate::openapi::{ApiResponse, Operation, Schema, Section, Settings, optional};

pub(crate) fn section(_: &Settings<'_>) -> Section {
    let code = Schema::string().about("The error code.");
    let page = Operation::get("/error", "errorPage", "Displays an error page")
        .unfailing()
        .raw_query([optional("error", code)])
        .responds(ApiResponse::page("An explanation of the error."));
    Section::new("Pages", "Pages for users.").with(page)
}
