//! The room's part of the document.

use crate::openapi::{Answer, Operation, Room, Schema, optional};

pub(crate) fn room() -> Room {
    let code = Schema::string().about("Why.");
    let page =
        Operation::get("/error", "errorPage", "Where a browser ends when a link led nowhere")
            .unfailing()
            .raw_query([optional("error", code)])
            .answers(Answer::page("What happened and what to do."));
    Room::new("Pages", "For people.").with(page)
}
