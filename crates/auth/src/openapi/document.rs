//! The OpenAPI document.

use serde_json::{Map, Value, json};

use super::{
    Operation, Section, Settings,
    response::{Header, common},
    schema::shared,
};
use crate::{config::AuthConfig, middleware::paths::is_disabled};

/// The version of better-auth whose official client works unmodified. A test compares the
/// documents, the schema files and the packages of the clients with it.
pub const COMPATIBLE_WITH: &str = "better-auth 1.7.25";

/// The document of these sections, without the routes that a setting closes.
pub(crate) fn document(
    settings: &Settings<'_>,
    sections: impl IntoIterator<Item = Section>,
) -> Value {
    let config = settings.config;
    let (mut paths, mut tags) = (Map::new(), Vec::new());
    for Section { name, description, operations } in sections {
        let is_open = |operation: &Operation| !is_disabled(&config.disabled_paths, operation.path);
        let mut operations = operations.into_iter().filter(is_open).peekable();
        if operations.peek().is_some() {
            tags.push(json!({ "name": name, "description": description }));
        }
        for operation in operations {
            let path = paths.entry(operation.path).or_insert_with(|| json!({}));
            let method = operation.method.as_str().to_ascii_lowercase();
            if let Some(path) = path.as_object_mut() {
                path.insert(method, operation.render(name, settings));
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
            "Compatible with {COMPATIBLE_WITH}: its official clients work unmodified. Clients send \
             the session as a signed cookie, or its signed token as a bearer token. A refusal is \
             `{{message, code}}`; distinguish refusals by `code`."
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
                "description": "Set by sign-in. Its value is signed.",
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
        "The session's signed token, from the header `set-auth-token` of a sign-in."
    } else {
        "The session's token, from the response to a sign-in or its header `set-auth-token`."
    }
}
