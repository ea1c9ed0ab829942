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
