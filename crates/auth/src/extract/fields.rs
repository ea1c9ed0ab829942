//! Fields of a JSON object, checked in the words of better-auth (zod's).

use serde_json::{Map, Value};

use super::email;
use crate::{code::VALIDATION_ERROR, error::AuthError};

/// Reads fields one by one and notes what is wrong with each.
///
/// The messages are `[body.email] Invalid email address; [body.name] …`, recorded
/// from better-auth.
pub(crate) struct Fields<'a> {
    /// `body` or `query`
    part: &'static str,
    object: &'a Map<String, Value>,
    wrong: Vec<String>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(part: &'static str, object: &'a Map<String, Value>) -> Self {
        Self { part, object, wrong: Vec::new() }
    }

    /// Fails with everything that was noted.
    pub(super) fn finish(self) -> Result<(), AuthError> {
        if self.wrong.is_empty() { Ok(()) } else { Err(refusal(&self.wrong)) }
    }

    /// What an input finds wrong with `object`.
    #[cfg(test)]
    pub(crate) fn complaints_of<T: super::Input>(object: &Map<String, Value>) -> Vec<String> {
        let mut fields = Fields::of("body", object);
        T::read(&mut fields);
        fields.wrong
    }

    /// A text; that it is missing is noted.
    pub(crate) fn string(&mut self, name: &str) -> Option<&'a str> {
        self.text(name, self.object.get(name))
    }

    /// A text, if the field is there at all: `null` is wrong.
    pub(crate) fn optional_string(&mut self, name: &str) -> Option<&'a str> {
        self.object.get(name).and_then(|value| self.text(name, Some(value)))
    }

    /// Yes or no, if the field is there at all.
    pub(crate) fn optional_boolean(&mut self, name: &str) -> Option<bool> {
        let value = self.object.get(name)?;
        if value.as_bool().is_none() {
            self.unexpected(name, "boolean", Some(value));
        }
        value.as_bool()
    }

    /// An address in lower case; that it is none is noted.
    pub(crate) fn email(&mut self, name: &str) -> String {
        let email = self.string(name).map(email::normal);
        if email == Some(None) {
            self.fail(name, "Invalid email address");
        }
        email.flatten().unwrap_or_default()
    }

    /// Whether the field is there at all.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    /// Whether the field is there with `null`.
    pub(crate) fn is_null(&self, name: &str) -> bool {
        self.object.get(name).is_some_and(Value::is_null)
    }

    /// Whether the field is there with a value that JavaScript takes for true.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.object.get(name).is_some_and(says_something)
    }

    /// Notes `message` for the field.
    pub(crate) fn fail(&mut self, name: &str, message: &str) {
        self.wrong.push(format!("[{}.{name}] {message}", self.part));
    }

    fn text(&mut self, name: &str, value: Option<&'a Value>) -> Option<&'a str> {
        let text = value.and_then(Value::as_str);
        match text {
            None => self.unexpected(name, "string", value),
            // PostgreSQL cannot store it, so no database may.
            Some(text) if text.contains('\0') => {
                self.fail(name, "Invalid input: must not contain the character U+0000");
            }
            Some(_) => {}
        }
        text
    }

    fn unexpected(&mut self, name: &str, expected: &str, value: Option<&Value>) {
        self.fail(name, &mismatch(expected, value));
    }
}

/// Whether JavaScript takes the value for true.
pub(crate) fn says_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::Bool(true) | Value::Array(_) | Value::Object(_) => true,
    }
}

/// A body that is no object; `None` is no body.
pub(super) fn no_object(expected: &[&str], value: Option<&Value>) -> AuthError {
    let wrong: Vec<_> =
        expected.iter().map(|expected| format!("[body] {}", mismatch(expected, value))).collect();
    refusal(&wrong)
}

fn refusal(wrong: &[String]) -> AuthError {
    AuthError::explained(VALIDATION_ERROR, wrong.join("; "))
}

fn mismatch(expected: &str, value: Option<&Value>) -> String {
    let received = match value {
        None => "undefined",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(_)) => "number",
        Some(Value::String(_)) => "string",
        Some(Value::Array(_)) => "array",
        Some(Value::Object(_)) => "object",
    };
    format!("Invalid input: expected {expected}, received {received}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message(error: AuthError) -> String {
        match error {
            AuthError::Refused(refusal) => refusal.message.into_owned(),
            AuthError::Failed(error) => panic!("{error}"),
        }
    }

    /// Recorded from `POST /sign-up/email` of better-auth, 2026-11-20.
    #[test]
    fn mistakes_are_told_in_the_words_of_better_auth() {
        let body = json!({ "name": 5, "email": null, "password": true, "image": [] });
        let mut fields = Fields::of("body", body.as_object().unwrap());
        for name in ["name", "email", "password", "token"] {
            fields.string(name);
        }
        fields.optional_string("image");
        fields.optional_string("callbackURL");
        assert_eq!(
            message(fields.finish().unwrap_err()),
            "[body.name] Invalid input: expected string, received number; \
             [body.email] Invalid input: expected string, received null; \
             [body.password] Invalid input: expected string, received boolean; \
             [body.token] Invalid input: expected string, received undefined; \
             [body.image] Invalid input: expected string, received array"
        );
    }

    #[test]
    fn a_body_that_is_no_object_is_told_so() {
        assert_eq!(
            message(no_object(&["object", "record"], Some(&json!([])))),
            "[body] Invalid input: expected object, received array; \
             [body] Invalid input: expected record, received array"
        );
        assert_eq!(
            message(no_object(&["object"], None)),
            "[body] Invalid input: expected object, received undefined"
        );
    }

    #[test]
    fn no_text_has_a_character_that_databases_refuse() {
        let body = json!({ "name": "a\0b" });
        let mut fields = Fields::of("body", body.as_object().unwrap());
        fields.string("name");
        assert!(fields.finish().is_err());
    }
}
