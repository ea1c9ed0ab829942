//! The OpenAPI document of the service, and the page that shows it.
//!
//! Endpoints: `GET open-api/generate-schema`, `GET reference` (alias `GET docs`), and the page's
//! files below `reference`. Table: none.
//!
//! Every feature module describes the inputs and responses of its routes in its `openapi.rs`, by
//! one [`Operation`] each. Routes that a setting closes are left out. The codes are the modules'
//! own constants, so the document cannot differ from the routes. A test compares the document's
//! paths with the router's.
//!
//! The descriptions do not use `utoipa`. Its router can leave out closed routes, but its attributes
//! are constants: some 40 places here depend on settings (lengths, refusals, headers, operations)
//! and would have to be edited after generation. An attribute also repeats codes and messages as
//! literal examples, where an [`Operation`] names the constants. Its `Object` has no `const`. The
//! inputs are no `Deserialize` types, as their errors are better-auth's, so only the three views
//! could derive their schemas.
//!
//! Threats: a page that runs a foreign script (its policy allows its own scripts only, and
//! requests to this server only).

mod document;
mod operation;
mod page;
mod response;
mod schema;
mod section;
mod service;
mod settings;
#[cfg(test)]
mod tests;

pub use self::document::COMPATIBLE_WITH;
pub(crate) use self::{
    document::document,
    operation::Operation,
    page::router,
    response::ApiResponse,
    schema::{Field, Schema, optional, required},
    section::Section,
    service::section as service_section,
    settings::Settings,
};
