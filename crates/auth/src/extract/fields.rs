//! Fields of a JSON object, checked in the words of better-auth (zod's).

use super::{
    email,
    json::{Object, Value},
};
use crate::{error::AuthError, error_code::VALIDATION_ERROR};

/// Reads fields one by one and notes what is wrong with each.
///
/// The messages are `[body.email] Invalid email address; [body.name] …`, recorded
/// from better-auth.
pub(crate) struct Fields<'a> {
    /// `body` or `query`
    part: &'static str,
    object: &'a Object,
    wrong: Vec<String>,
    /// What is wrong by rules that better-auth has not.
    own: Vec<String>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(part: &'static str, object: &'a Object) -> Self {
        Self { part, object, wrong: Vec::new(), own: Vec::new() }
    }

    /// Fails with everything that was noted, and returns what was by rules of our own.
    pub(super) fn finish(self) -> Result<Result<(), AuthError>, AuthError> {
        told(&self.wrong).map(|()| told(&self.own))
    }

    /// What an input finds wrong with `object`.
    #[cfg(test)]
    pub(crate) fn complaints_of<T: super::Input>(
        object: &serde_json::Map<String, serde_json::Value>,
    ) -> Vec<String> {
        let object = tests::object(serde_json::to_vec(object).unwrap());
        let mut fields = Fields::of("body", &object);
        T::read(&mut fields);
        [fields.wrong, fields.own].concat()
    }

    /// A text; that it is missing is noted.
    pub(crate) fn string(&mut self, name: &str) -> Option<&'a str> {
        self.text(name, self.object.get(name))
    }

    /// A text, if the field is there at all: `null` is wrong.
    pub(crate) fn optional_string(&mut self, name: &str) -> Option<&'a str> {
        self.object.get(name).and_then(|value| self.text(name, Some(value)))
    }

    /// A text that is stored, if the field is there at all.
    pub(crate) fn optional_stored(&mut self, name: &str) -> Option<&'a str> {
        let text = self.optional_string(name);
        self.check_stored(name, text);
        text
    }

    /// A text that is stored; that it is missing is noted.
    pub(crate) fn stored(&mut self, name: &str) -> Option<&'a str> {
        let text = self.string(name);
        self.check_stored(name, text);
        text
    }

    /// PostgreSQL cannot store U+0000, so no database may.
    fn check_stored(&mut self, name: &str, text: Option<&str>) {
        if text.is_some_and(|text| text.contains('\0')) {
            self.own(|fields| {
                fields.fail(name, "Invalid input: must not contain the character U+0000");
            });
        }
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
        self.object.get(name) == Some(&Value::Null)
    }

    /// Whether the field is there with a value that JavaScript takes for true.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.object.get(name).is_some_and(Value::is_truthy)
    }

    /// Reads fields of which better-auth takes anything.
    pub(crate) fn own<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let noted = self.wrong.len();
        let value = read(self);
        self.own.extend(self.wrong.drain(noted..));
        value
    }

    /// Notes `message` for the field.
    pub(crate) fn fail(&mut self, name: &str, message: &str) {
        self.wrong.push(format!("[{}.{name}] {message}", self.part));
    }

    fn text(&mut self, name: &str, value: Option<&'a Value>) -> Option<&'a str> {
        let text = value.and_then(Value::as_text);
        if text.is_none() {
            self.unexpected(name, "string", value);
        }
        text
    }

    fn unexpected(&mut self, name: &str, expected: &str, value: Option<&Value>) {
        self.fail(name, &mismatch(expected, value));
    }
}

/// A body that is no object; `None` is no body.
pub(super) fn no_object(expected: &[&str], value: Option<&Value>) -> AuthError {
    let wrong: Vec<_> =
        expected.iter().map(|expected| format!("[body] {}", mismatch(expected, value))).collect();
    refusal(&wrong)
}

fn told(wrong: &[String]) -> Result<(), AuthError> {
    if wrong.is_empty() { Ok(()) } else { Err(refusal(wrong)) }
}

fn refusal(wrong: &[String]) -> AuthError {
    AuthError::explained(VALIDATION_ERROR, wrong.join("; "))
}

fn mismatch(expected: &str, value: Option<&Value>) -> String {
    let received = match value {
        None => "undefined",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(f64::INFINITY)) => "Infinity",
        Some(Value::Number(f64::NEG_INFINITY)) => "-Infinity",
        Some(Value::Number(_)) => "number",
        Some(Value::Text(_)) => "string",
        Some(Value::List) => "array",
        Some(Value::Object) => "object",
    };
    format!("Invalid input: expected {expected}, received {received}")
}

#[cfg(test)]
mod tests {
    use super::{super::json, *};

    pub(super) fn object(text: impl AsRef<[u8]>) -> Object {
        match json::parse(text.as_ref()) {
            Some(json::Document::Object(object)) => object,
            other => panic!("{other:?}"),
        }
    }

    fn message(error: AuthError) -> String {
        match error {
            AuthError::Refused(refusal) => refusal.message.into_owned(),
            AuthError::Failed(error) => panic!("{error}"),
        }
    }

    /// Recorded from `POST /sign-up/email` of better-auth, 2026-11-20.
    #[test]
    fn mistakes_are_told_in_the_words_of_better_auth() {
        let body = object(
            r#"{"name": 5, "email": null, "password": true, "image": [], "rememberMe": 1e400}"#,
        );
        let mut fields = Fields::of("body", &body);
        for name in ["name", "email", "password", "token"] {
            fields.string(name);
        }
        fields.optional_string("image");
        fields.optional_string("callbackURL");
        fields.optional_boolean("rememberMe");
        assert_eq!(
            message(fields.finish().unwrap_err()),
            "[body.name] Invalid input: expected string, received number; \
             [body.email] Invalid input: expected string, received null; \
             [body.password] Invalid input: expected string, received boolean; \
             [body.token] Invalid input: expected string, received undefined; \
             [body.image] Invalid input: expected string, received array; \
             [body.rememberMe] Invalid input: expected boolean, received Infinity"
        );
    }

    #[test]
    fn a_body_that_is_no_object_is_told_so() {
        assert_eq!(
            message(no_object(&["object", "record"], Some(&Value::List))),
            "[body] Invalid input: expected object, received array; \
             [body] Invalid input: expected record, received array"
        );
        assert_eq!(
            message(no_object(&["object"], None)),
            "[body] Invalid input: expected object, received undefined"
        );
    }

    #[test]
    fn no_stored_text_has_a_character_that_databases_refuse() {
        let body = object(r#"{"name": "a\u0000b", "password": "a\u0000b"}"#);
        let mut fields = Fields::of("body", &body);
        fields.string("password");
        fields.optional_stored("name");
        assert_eq!(
            message(fields.finish().unwrap().unwrap_err()),
            "[body.name] Invalid input: must not contain the character U+0000"
        );
    }
}
