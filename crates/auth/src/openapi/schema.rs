//! What values look like: JSON Schema, as OpenAPI 3.1 takes it.

use domain::Role;
use serde_json::{Map, Value, json};

use crate::extract::email;

/// The schema of a value.
#[derive(Clone, Debug)]
pub(crate) struct Schema(Value);

/// A field of an object, or a value of a query.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(super) name: &'static str,
    pub(super) schema: Schema,
    pub(super) required: bool,
}

/// A field that must be there, or always is.
pub(crate) fn required(name: &'static str, schema: Schema) -> Field {
    Field { name, schema, required: true }
}

/// A field that may be absent.
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

    /// An address. No `format`: better-auth takes hosts that it refuses.
    pub(crate) fn email() -> Self {
        Self(json!({
            "type": "string", "pattern": email::PATTERN, "maxLength": email::LONGEST,
            "examples": ["ann@example.com"],
        }))
    }

    /// A moment, e.g. `2026-11-20T15:09:59.263Z`.
    pub(crate) fn date() -> Self {
        let pattern = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$";
        Self(json!({ "type": "string", "format": "date-time", "pattern": pattern }))
    }

    /// A target of a redirect.
    pub(crate) fn target() -> Self {
        Self(json!({ "type": "string", "examples": ["/welcome"] }))
            .about("A path of this server, or a URL of a trusted origin.")
    }

    /// One value alone.
    pub(crate) fn just(value: impl Into<Value>) -> Self {
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

    /// Nothing but these fields, in answers; in bodies others are overlooked.
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

    /// `{"status": true}`, better-auth's answer to what has no other.
    pub(crate) fn done() -> Self {
        Self::object([required("status", Self::just(true))])
    }

    /// A list of such values.
    pub(crate) fn list(self) -> Self {
        Self(json!({ "type": "array", "items": self.0 }))
    }

    /// One of [`shared`].
    pub(crate) fn shared(name: &str) -> Self {
        Self(json!({ "$ref": format!("#/components/schemas/{name}") }))
    }

    /// A text whose length, in characters, is limited.
    pub(crate) fn long(mut self, shortest: usize, longest: usize) -> Self {
        if shortest > 0 {
            self.set("minLength", shortest);
        }
        self.set("maxLength", longest);
        self
    }

    pub(crate) fn nullable(mut self) -> Self {
        match self.0.get("type").cloned() {
            Some(kind) => self.set("type", json!([kind, "null"])),
            None => self = Self(json!({ "anyOf": [self.0, { "type": "null" }] })),
        }
        self
    }

    /// With a description.
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

    /// The same as bodies and queries bring it: no text has the character that
    /// databases refuse.
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

    /// The same object as a form can send it: a form has texts alone.
    pub(super) fn as_form(&self) -> Self {
        let mut form = self.clone();
        if let Some(properties) = form.0.get_mut("properties").and_then(Value::as_object_mut) {
            properties.retain(|_, schema| schema.get("type") == Some(&json!("string")));
        }
        form
    }

    /// A refusal's body: one of these codes; none of them if `uncoded` says so.
    pub(super) fn refusal(codes: &[&str], uncoded: bool) -> Self {
        if codes.is_empty() {
            return Self::shared("Error");
        }
        let mut told = json!({ "properties": { "code": { "enum": codes } } });
        if let Some(told) = told.as_object_mut().filter(|_| !uncoded) {
            told.insert("required".to_owned(), json!(["code"]));
        }
        Self(json!({ "allOf": [Self::shared("Error").0, told] }))
    }

    fn set(&mut self, keyword: &str, value: impl Into<Value>) {
        if let Some(schema) = self.0.as_object_mut() {
            schema.insert(keyword.to_owned(), value.into());
        }
    }
}

/// The schemas that several answers share, by name.
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
    .about("A user, seen by themselves.")
}

fn session() -> Schema {
    Schema::object([
        required("expiresAt", Schema::date()),
        required("token", Schema::string().about("Names the session, e.g. to revoke it.")),
        required("createdAt", Schema::date()),
        required("updatedAt", Schema::date()),
        required("ipAddress", Schema::string().nullable()),
        required("userAgent", Schema::string().nullable()),
        required("userId", Schema::string()),
        required("id", Schema::string()),
    ])
    .about("A session, seen by its owner.")
}

fn account() -> Schema {
    Schema::object([
        required("accountId", Schema::string().about("The user's name at the provider.")),
        required("providerId", Schema::string().about("`credential` is a password.")),
        required("userId", Schema::string()),
        required("createdAt", Schema::date()),
        required("updatedAt", Schema::date()),
        required("id", Schema::string()),
        required("scopes", Schema::string().list()),
    ])
    .about("A way to sign in, seen by its owner.")
}

fn error() -> Schema {
    Schema::object([
        required("message", Schema::string().about("For people; may change.")),
        optional("code", Schema::string().about("The stable name; some refusals have none.")),
    ])
    .about("Why a request was refused.")
}
