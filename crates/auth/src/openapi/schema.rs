//! JSON Schema of inputs and responses, as OpenAPI 3.1 uses it.

use domain::Role;
use serde_json::{Map, Value, json};

use crate::{error::Refusal, extract::email};

/// The schema of a value.
#[derive(Clone, Debug)]
pub(crate) struct Schema(Value);

/// A field of an object, or a parameter.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(super) name: &'static str,
    pub(super) schema: Schema,
    pub(super) required: bool,
}

/// A required field.
pub(crate) fn required(name: &'static str, schema: Schema) -> Field {
    Field { name, schema, required: true }
}

/// An optional field.
pub(crate) fn optional(name: &'static str, schema: Schema) -> Field {
    Field { name, schema, required: false }
}

impl Field {
    pub(super) fn into_input(self) -> Self {
        Self { schema: self.schema.into_input(), ..self }
    }
}

impl Schema {
    pub(crate) fn string() -> Self {
        Self(json!({ "type": "string" }))
    }

    pub(crate) fn boolean() -> Self {
        Self(json!({ "type": "boolean" }))
    }

    pub(crate) fn number() -> Self {
        Self(json!({ "type": "number" }))
    }

    /// An e-mail address. No `format`, which refuses hosts that better-auth accepts.
    pub(crate) fn email() -> Self {
        Self(json!({
            "type": "string", "pattern": email::PATTERN, "maxLength": email::MAX_LEN,
            "examples": ["ann@example.com"],
        }))
    }

    /// A date, e.g. `2026-11-20T15:09:59.263Z`.
    pub(crate) fn date() -> Self {
        let pattern = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$";
        Self(json!({ "type": "string", "format": "date-time", "pattern": pattern }))
    }

    /// A redirect target.
    pub(crate) fn target() -> Self {
        Self(json!({ "type": "string", "examples": ["/welcome"] }))
            .about("A path of this server, or a URL of a trusted origin.")
    }

    /// Exactly one value.
    pub(crate) fn constant(value: impl Into<Value>) -> Self {
        let value = value.into();
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            _ => "string",
        };
        Self(json!({ "type": kind, "const": value }))
    }

    /// One of these words.
    pub(crate) fn one_of(words: &[&str]) -> Self {
        Self(json!({ "type": "string", "enum": words }))
    }

    /// An object with these fields. Bodies may have further fields, which are ignored.
    pub(crate) fn object(fields: impl IntoIterator<Item = Field>) -> Self {
        let (mut properties, mut needed) = (Map::new(), Vec::new());
        for Field { name, schema, required } in fields {
            properties.insert(name.to_owned(), schema.0);
            needed.extend(required.then_some(name));
        }
        let mut object = json!({ "type": "object", "properties": properties });
        if let Some(object) = object.as_object_mut().filter(|_| !needed.is_empty()) {
            object.insert("required".to_owned(), needed.into());
        }
        Self(object)
    }

    /// An object of any fields.
    pub(crate) fn any_object() -> Self {
        Self(json!({ "type": "object" }))
    }

    /// `{"status": true}`, better-auth's response without further data.
    pub(crate) fn status() -> Self {
        Self::object([required("status", Self::constant(true))])
    }

    /// An array of such values.
    pub(crate) fn list(self) -> Self {
        Self(json!({ "type": "array", "items": self.0 }))
    }

    /// One of these values.
    pub(crate) fn any_of(schemas: impl IntoIterator<Item = Self>) -> Self {
        let schemas: Vec<_> = schemas.into_iter().map(Self::into_value).collect();
        Self(json!({ "anyOf": schemas }))
    }

    /// The object has no further fields.
    pub(crate) fn closed(mut self) -> Self {
        self.set("additionalProperties", false);
        self
    }

    /// One of [`shared`].
    pub(crate) fn shared(name: &str) -> Self {
        Self(json!({ "$ref": format!("#/components/schemas/{name}") }))
    }

    /// Limits the length of a text, in characters.
    pub(crate) fn length(mut self, min: usize, max: usize) -> Self {
        if min > 0 {
            self.set("minLength", min);
        }
        self.set("maxLength", max);
        self
    }

    pub(crate) fn nullable(mut self) -> Self {
        match self.0.get("type").cloned() {
            Some(kind) => self.set("type", json!([kind, "null"])),
            None => self = Self(json!({ "anyOf": [self.0, { "type": "null" }] })),
        }
        self
    }

    /// Sets the description.
    pub(crate) fn about(mut self, description: &str) -> Self {
        self.set("description", description);
        self
    }

    pub(super) fn into_value(self) -> Value {
        self.0
    }

    /// The names of an object's fields.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(Map::keys)
            .map(String::as_str)
    }

    /// The schema for bodies and queries: no text may contain the character that databases
    /// refuse.
    pub(super) fn into_input(mut self) -> Self {
        if let Some(properties) = self.0.get_mut("properties").and_then(Value::as_object_mut) {
            for schema in properties.values_mut() {
                *schema = Self(schema.take()).into_input().0;
            }
        }
        let kind = self.0.get("type");
        let is_text =
            kind.is_some_and(|kind| *kind == json!("string") || *kind == json!(["string", "null"]));
        if is_text && self.0.get("pattern").is_none() {
            self.set("pattern", r"^[^\u0000]*$");
        }
        self
    }

    /// The object as a form can send it: with texts only.
    pub(super) fn as_form(&self) -> Self {
        let mut form = self.clone();
        if let Some(properties) = form.0.get_mut("properties").and_then(Value::as_object_mut) {
            properties.retain(|_, schema| schema.get("type") == Some(&json!("string")));
        }
        form
    }

    /// A refusal's body with one of these codes, or without a code if `has_plain`.
    pub(super) fn refusal(codes: &[&str], has_plain: bool) -> Self {
        if codes.is_empty() {
            return Self::shared("Error");
        }
        let mut fields = json!({ "properties": { "code": { "enum": codes } } });
        if let Some(fields) = fields.as_object_mut().filter(|_| !has_plain) {
            fields.insert("required".to_owned(), json!(["code"]));
        }
        Self(json!({ "allOf": [Self::shared("Error").0, fields] }))
    }

    /// A refusal's body in the form of OAuth, with one of these errors.
    pub(super) fn oauth_refusal(refusals: &[&Refusal]) -> Self {
        let mut errors: Vec<_> = refusals.iter().filter_map(|refusal| refusal.code).collect();
        errors.dedup();
        let description = Self::string().about("A message for people; it may change.");
        Self::object([
            required("error", Self::one_of(&errors)),
            required("error_description", description),
        ])
    }

    fn set(&mut self, keyword: &str, value: impl Into<Value>) {
        if let Some(schema) = self.0.as_object_mut() {
            schema.insert(keyword.to_owned(), value.into());
        }
    }
}

/// The schemas that several responses share, by name.
pub(super) fn shared() -> [(&'static str, Schema); 4] {
    [("User", user()), ("Session", session()), ("Account", account()), ("Error", error())]
}

fn user() -> Schema {
    let roles = Role::ALL.map(Role::as_str);
    Schema::object([
        required("name", Schema::string()),
        required("email", Schema::string().about("In lower case.")),
        required("emailVerified", Schema::boolean()),
        required("image", Schema::string().nullable()),
        required("createdAt", Schema::date()),
        required("updatedAt", Schema::date()),
        required("role", Schema::one_of(&roles)),
        required("id", Schema::string()),
    ])
    .about("A user, as they see themselves.")
}

fn session() -> Schema {
    Schema::object([
        required("expiresAt", Schema::date()),
        required("token", Schema::string().about("The token of the session, e.g. to revoke it.")),
        required("createdAt", Schema::date()),
        required("updatedAt", Schema::date()),
        required("ipAddress", Schema::string().nullable()),
        required("userAgent", Schema::string().nullable()),
        required("userId", Schema::string()),
        required("id", Schema::string()),
    ])
    .about("A session, as its user sees it.")
}

fn account() -> Schema {
    Schema::object([
        required("accountId", Schema::string().about("The user's id at the provider.")),
        required("providerId", Schema::string().about("`credential` for a password.")),
        required("userId", Schema::string()),
        required("createdAt", Schema::date()),
        required("updatedAt", Schema::date()),
        required("id", Schema::string()),
        required("scopes", Schema::string().list()),
    ])
    .about("An account, as its user sees it.")
}

fn error() -> Schema {
    Schema::object([
        required("message", Schema::string().about("A message for people; it may change.")),
        optional("code", Schema::string().about("The stable code; some refusals have none.")),
    ])
    .about("The reason of a refusal.")
}
