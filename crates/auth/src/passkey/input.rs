//! The inputs of the routes.

use serde_json::{Map, Value, value::RawValue};

use super::{config::Attachment, webauthn::Credential};
use crate::extract::{Fields, Input};

/// The maximum length of a passkey's name, in characters. Not in better-auth.
pub(super) const MAX_NAME_LEN: usize = 200;
/// The maximum length of the context of a registration, in characters. Not in better-auth.
pub(super) const MAX_CONTEXT_LEN: usize = 1_024;

/// The query of `generate-register-options`.
pub(super) struct RegisterOptions {
    pub(super) attachment: Option<Attachment>,
    /// The name that the authenticator shows.
    pub(super) name: Option<String>,
    pub(super) context: Option<String>,
}

impl Input for RegisterOptions {
    fn read(fields: &mut Fields<'_>) -> Self {
        let attachment = match fields.optional_string("authenticatorAttachment") {
            None => None,
            Some("platform") => Some(Attachment::Platform),
            Some("cross-platform") => Some(Attachment::CrossPlatform),
            Some(_) => {
                let message = r#"Invalid option: expected one of "platform"|"cross-platform""#;
                fields.fail("authenticatorAttachment", message);
                None
            }
        };
        let name = fields.optional_stored("name").filter(|name| !name.is_empty());
        let context = fields.optional_stored("context");
        check_len(fields, "name", name, MAX_NAME_LEN);
        check_len(fields, "context", context, MAX_CONTEXT_LEN);
        Self { attachment, name: name.map(str::to_owned), context: context.map(str::to_owned) }
    }
}

/// The body of `verify-registration`.
pub(super) struct Registration {
    pub(super) credential: Credential,
    pub(super) name: Option<String>,
    pub(super) create_session: bool,
}

impl Input for Registration {
    fn read(fields: &mut Fields<'_>) -> Self {
        if !fields.has("response") {
            fields.fail("response", "Invalid input: expected nonoptional, received undefined");
        }
        let response = fields.stricter(|fields| fields.optional_record("response"));
        let name = fields.optional_stored("name").map(trimmed);
        check_len(fields, "name", name, MAX_NAME_LEN);
        Self {
            credential: credential(response),
            name: name.filter(|name| !name.is_empty()).map(str::to_owned),
            create_session: fields.optional_boolean("createSession").unwrap_or_default(),
        }
    }
}

/// The body of `verify-authentication`.
pub(super) struct Authentication {
    pub(super) credential: Credential,
}

impl Input for Authentication {
    fn read(fields: &mut Fields<'_>) -> Self {
        if !fields.has("response") {
            fields.fail("response", "Invalid input: expected record, received undefined");
        }
        Self { credential: credential(fields.optional_record("response")) }
    }
}

/// A response, without fields whose values JSON libraries refuse, e.g. 1e400.
fn credential(pairs: Option<Vec<(String, Box<RawValue>)>>) -> Credential {
    let pairs = pairs.unwrap_or_default().into_iter();
    let fields: Map<String, Value> = pairs
        .filter_map(|(name, raw)| Some((name, serde_json::from_str(raw.get()).ok()?)))
        .collect();
    fields.into()
}

/// The body of `delete-passkey`.
pub(super) struct DeletePasskey {
    pub(super) id: String,
}

impl Input for DeletePasskey {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self { id: fields.string("id").unwrap_or_default().to_owned() }
    }
}

/// The body of `update-passkey`.
pub(super) struct UpdatePasskey {
    pub(super) id: String,
    pub(super) name: String,
}

impl Input for UpdatePasskey {
    fn read(fields: &mut Fields<'_>) -> Self {
        let id = fields.string("id").unwrap_or_default().to_owned();
        let name = fields.stored("name").map(trimmed);
        if name == Some("") {
            fields.fail("name", "Too small: expected string to have >=1 characters");
        }
        check_len(fields, "name", name, MAX_NAME_LEN);
        Self { id, name: name.unwrap_or_default().to_owned() }
    }
}

/// Refuses a text of more than `max` characters.
fn check_len(fields: &mut Fields<'_>, name: &str, text: Option<&str>, max: usize) {
    if text.is_some_and(|text| text.chars().count() > max) {
        let message = format!("Too big: expected string to have <={max} characters");
        fields.stricter(|fields| fields.fail(name, &message));
    }
}

/// `text` as JavaScript's `trim` shortens it.
fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c == '\u{feff}' || c.is_whitespace() && c != '\u{85}')
}
