//! The module's section of the API reference.

use crate::openapi::{ApiResponse, Operation, Schema, Section, Settings, optional};

pub(crate) fn section(_: &Settings<'_>) -> Section {
    let code = Schema::string().about("Why.");
    let page =
        Operation::get("/error", "errorPage", "Where a browser ends when a link led nowhere")
            .unfailing()
            .raw_query([optional("error", code)])
            .answers(ApiResponse::page("What happened and what to do."));
    Section::new("Pages", "For people.").with(page)
}
