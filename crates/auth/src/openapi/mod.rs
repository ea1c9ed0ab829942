//! What this service can do, for programs and for people: the OpenAPI document and
//! the page that shows it.
//!
//! Endpoints: `GET open-api/generate-schema`, `GET reference` (also as `GET docs`),
//! and the page's files below `reference`. Table: none.
//!
//! Every room says in its `openapi.rs` what its routes take and answer, by an
//! [`Operation`] each; what a setting closes is left out. Codes are the rooms' own
//! constants, so that the document tells no other than the routes do. A test compares
//! the document's paths with the router's.
//!
//! Threats: a page of ours that runs a script of somebody else (its policy lets it run
//! and ask this server alone).

mod answer;
mod operation;
mod page;
mod schema;
#[cfg(test)]
mod tests;

use std::hash::{DefaultHasher, Hasher};

use serde_json::{Map, Value, json};

pub(crate) use self::{
    answer::Answer,
    operation::Operation,
    page::{Files, router},
    schema::{Field, Schema, optional, required},
};
use self::{
    answer::{Header, common},
    schema::shared,
};
use crate::{
    account, config::AuthConfig, email_password, email_verification, error_page,
    middleware::disabled::is_closed, password_reset, router::COMPATIBLE_WITH, session, user,
};

/// What the rooms' parts of the document depend on.
#[derive(Clone, Copy)]
pub(crate) struct Settings<'a> {
    pub(crate) config: &'a AuthConfig,
    /// Whether mails are sent.
    pub(crate) mails: bool,
}

/// A room's part of the document.
pub(crate) struct Room {
    name: &'static str,
    description: &'static str,
    operations: Vec<Operation>,
}

impl Room {
    pub(crate) fn new(name: &'static str, description: &'static str) -> Self {
        Self { name, description, operations: Vec::new() }
    }

    pub(crate) fn with(mut self, operation: Operation) -> Self {
        self.operations.push(operation);
        self
    }

    /// An operation that a setting opens.
    pub(crate) fn with_if(self, open: bool, operation: impl FnOnce() -> Operation) -> Self {
        if open { self.with(operation()) } else { self }
    }
}

/// Every room, in the order of the page.
fn rooms(settings: &Settings<'_>) -> [Room; 8] {
    [
        email_password::openapi::room(settings),
        session::openapi::room(settings),
        email_verification::openapi::room(settings),
        password_reset::openapi::room(settings),
        user::openapi::room(settings),
        account::openapi::room(settings),
        error_page::openapi::room(),
        room(),
    ]
}

/// This room's own part, and `ok`.
fn room() -> Room {
    let ok = Schema::object([
        required("ok", Schema::just(true)),
        required("compatibleWith", Schema::just(COMPATIBLE_WITH)),
    ]);
    let page = Operation::get("/reference", "openAPIReference", "This document as a page")
        .unfailing()
        .answers(Answer::page("The page."));
    Room::new("Service", "The service itself.")
        .with(
            Operation::get("/ok", "ok", "Whether the service is there")
                .unfailing()
                .answers(Answer::json("It is.", ok)),
        )
        .with(
            Operation::get("/open-api/generate-schema", "generateOpenAPISchema", "This document")
                .unfailing()
                .answers(Answer::json("OpenAPI 3.1.", Schema::any_object()))
                .answers(Answer::unchanged()),
        )
        .with(page.clone())
        .with(page.alias("/docs", "openAPIReferenceAlias"))
}

/// The OpenAPI document of a service with these settings, `mails` telling whether it
/// sends any. Needs no database.
#[must_use]
pub fn document(config: &AuthConfig, mails: bool) -> Value {
    let settings = Settings { config, mails };
    let (mut paths, mut tags) = (Map::new(), Vec::new());
    for Room { name, description, operations } in rooms(&settings) {
        let open = |operation: &Operation| !is_closed(&config.disabled_paths, operation.path);
        let mut operations = operations.into_iter().filter(open).peekable();
        if operations.peek().is_some() {
            tags.push(json!({ "name": name, "description": description }));
        }
        for operation in operations {
            let path = paths.entry(operation.path).or_insert_with(|| json!({}));
            let method = operation.method.as_str().to_ascii_lowercase();
            if let Some(path) = path.as_object_mut() {
                path.insert(method, operation.render(name, &settings));
            }
        }
    }
    json!({
        "openapi": "3.1.1",
        "info": info(),
        "servers": [{ "url": config.url().as_str().trim_end_matches('/') }],
        "tags": tags,
        "paths": paths,
        "components": components(config),
    })
}

fn info() -> Value {
    json!({
        "title": "Bookplate: accounts and sessions",
        "version": env!("CARGO_PKG_VERSION"),
        "description": format!(
            "Speaks {COMPATIBLE_WITH} on the wire: its official clients work unmodified. A \
             session comes as a signed cookie, or by its signed token as a bearer. A refusal \
             is `{{message, code}}`; tell refusals apart by `code`."
        ),
        "x-compatible-with": COMPATIBLE_WITH,
    })
}

fn components(config: &AuthConfig) -> Value {
    let schemas: Map<_, _> =
        shared().into_iter().map(|(name, schema)| (name.to_owned(), schema.into_value())).collect();
    json!({
        "schemas": schemas,
        "responses": common(config),
        "headers": Header::components(),
        "securitySchemes": {
            "cookie": {
                "type": "apiKey",
                "in": "cookie",
                "name": config.cookie.session_name(),
                "description": "Set by signing in. Its value is signed.",
            },
            "bearer": {
                "type": "http",
                "scheme": "bearer",
                "description": bearer(config.session.bearer_requires_signature),
            },
        },
    })
}

fn bearer(signed: bool) -> &'static str {
    if signed {
        "The session's signed token, as the header `set-auth-token` of signing in carries it."
    } else {
        "The session's token, as signing in answers it or as the header `set-auth-token` \
         carries it."
    }
}

/// A text that changes with `content`.
fn version(content: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(content);
    format!("{:016x}", hasher.finish())
}
