//! Fields of an object, checked with better-auth's messages (zod's).

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{
    email,
    json::{self, Object, Value},
};
use crate::{error::AuthError, error_code::VALIDATION_ERROR};

/// Reads fields one by one and collects their errors.
///
/// The messages are `[body.email] Invalid email address; [body.name] …`, recorded
/// from better-auth.
pub(crate) struct Fields<'a> {
    /// `body` or `query`, or the path of an object in it.
    part: Cow<'static, str>,
    object: &'a Object,
    errors: Vec<String>,
    /// Errors by rules that better-auth does not have.
    stricter_errors: Vec<String>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(part: &'static str, object: &'a Object) -> Self {
        Self { part: part.into(), object, errors: Vec::new(), stricter_errors: Vec::new() }
    }

    /// Fails with all errors. Returns the result of the rules that better-auth does not have.
    pub(super) fn finish(self) -> Result<Result<(), AuthError>, AuthError> {
        result(&self.errors).map(|()| result(&self.stricter_errors))
    }

    /// The errors of an input that reads `object`.
    #[cfg(test)]
    pub(crate) fn errors_of<T: super::Input>(
        object: &serde_json::Map<String, serde_json::Value>,
    ) -> Vec<String> {
        let object = tests::object(serde_json::to_vec(object).unwrap());
        let mut fields = Fields::of("body", &object);
        T::read(&mut fields);
        [fields.errors, fields.stricter_errors].concat()
    }

    /// Reads a required text.
    pub(crate) fn string(&mut self, name: &str) -> Option<&'a str> {
        self.text(name, self.object.get(name))
    }

    /// Reads an optional text; `null` is an error.
    pub(crate) fn optional_string(&mut self, name: &str) -> Option<&'a str> {
        self.object.get(name).and_then(|value| self.text(name, Some(value)))
    }

    /// Reads an optional text that will be stored.
    pub(crate) fn optional_stored(&mut self, name: &str) -> Option<&'a str> {
        let text = self.optional_string(name);
        self.check_stored(name, text);
        text
    }

    /// Reads a required text that will be stored.
    pub(crate) fn stored(&mut self, name: &str) -> Option<&'a str> {
        let text = self.string(name);
        self.check_stored(name, text);
        text
    }

    /// Refuses U+0000 for both databases, as PostgreSQL cannot store it.
    fn check_stored(&mut self, name: &str, text: Option<&str>) {
        if text.is_some_and(|text| text.contains('\0')) {
            self.stricter(|fields| {
                fields.fail(name, "Invalid input: must not contain the character U+0000");
            });
        }
    }

    /// Reads a required text that must be this one.
    pub(crate) fn literal(&mut self, name: &str, text: &str) {
        if self.peek_text(name) != Some(text) {
            self.fail(name, &format!("Invalid input: expected \"{text}\""));
        }
    }

    /// Reads an optional Boolean.
    pub(crate) fn optional_boolean(&mut self, name: &str) -> Option<bool> {
        let value = self.object.get(name)?;
        if value.as_bool().is_none() {
            self.unexpected(name, "boolean", Some(value));
        }
        value.as_bool()
    }

    /// Reads an optional number.
    pub(crate) fn optional_number(&mut self, name: &str) -> Option<f64> {
        match self.object.get(name)? {
            Value::Number(number) if number.is_finite() => Some(*number),
            value => {
                self.unexpected(name, "number", Some(value));
                None
            }
        }
    }

    /// Reads a required text that is a union of words and texts in better-auth, whose message
    /// names no type.
    pub(crate) fn any_word(&mut self, name: &str) -> &'a str {
        let text = self.object.get(name).and_then(Value::as_text);
        if text.is_none() {
            self.fail(name, "Invalid input");
        }
        text.unwrap_or_default()
    }

    /// Reads an optional one of these words.
    pub(crate) fn optional_word(&mut self, name: &str, words: &[&str]) -> Option<&'a str> {
        let value = self.object.get(name)?;
        let word = value.as_text().filter(|text| words.contains(text));
        if word.is_none() {
            let words: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
            let words = words.join("|");
            self.fail(name, &format!("Invalid option: expected one of {words}"));
        }
        word
    }

    /// Reads a required text that is one of `words`.
    pub(crate) fn one_of(&mut self, name: &str, words: &[&str]) -> &'a str {
        let text = self.peek_text(name).filter(|text| words.contains(text));
        if text.is_none() {
            let words: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
            self.fail(name, &format!("Invalid option: expected one of {}", words.join("|")));
        }
        text.unwrap_or_default()
    }

    /// Reads an optional list of texts.
    pub(crate) fn optional_strings(&mut self, name: &str) -> Option<Vec<String>> {
        let value = self.object.get(name)?;
        let Value::List(list) = value else {
            self.unexpected(name, "array", Some(value));
            return None;
        };
        let items = list.items();
        for (index, item) in items.iter().enumerate() {
            self.text(&format!("{name}.{index}"), Some(item));
        }
        Some(items.iter().filter_map(Value::as_text).map(str::to_owned).collect())
    }

    /// Reads an optional object of texts, in its order; `None` if one of them is no text.
    pub(crate) fn optional_texts(&mut self, name: &str) -> Option<Vec<(String, String)>> {
        let pairs = self.optional_record(name)?.into_iter();
        let texts: Vec<_> = pairs
            .map(|(key, raw)| {
                let value = json::value(raw.get());
                let text = self.text(&format!("{name}.{key}"), value.as_ref());
                text.map(|text| (key, text.to_owned()))
            })
            .collect();
        texts.into_iter().collect()
    }

    /// Reads an optional object of any values, in its order.
    pub(crate) fn optional_record(&mut self, name: &str) -> Option<Vec<(String, Box<RawValue>)>> {
        match self.object.get(name)? {
            Value::Object(object) => Some(object.pairs()),
            value => {
                self.unexpected(name, "record", Some(value));
                None
            }
        }
    }

    /// Reads an optional text with the JSON of an object of any values, in its order. Other texts
    /// are empty objects.
    pub(crate) fn json_record(&mut self, name: &str) -> Vec<(String, Box<RawValue>)> {
        let text = self.optional_string(name);
        match text.and_then(json::parse_value) {
            Some(Value::Object(object)) => object.pairs(),
            _ => Vec::new(),
        }
    }

    /// Reads an optional object by its fields.
    pub(crate) fn optional_object<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Fields<'_>) -> T,
    ) -> Option<T> {
        let value = self.object.get(name)?;
        let Value::Object(nested) = value else {
            self.unexpected(name, "object", Some(value));
            return None;
        };
        let object = nested.fields();
        let mut fields = Fields::of("", &object);
        fields.part = format!("{}.{name}", self.part).into();
        let value = read(&mut fields);
        self.errors.extend(fields.errors);
        self.stricter_errors.extend(fields.stricter_errors);
        Some(value)
    }

    /// Reads a required e-mail address, in lower case.
    pub(crate) fn email(&mut self, name: &str) -> String {
        let email = self.string(name).map(email::normalize);
        if email == Some(None) {
            self.fail(name, "Invalid email address");
        }
        email.flatten().unwrap_or_default()
    }

    /// Whether the field is present.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    /// Whether the field is `null`.
    pub(crate) fn is_null(&self, name: &str) -> bool {
        self.object.get(name) == Some(&Value::Null)
    }

    /// Whether the field has a value that is truthy in JavaScript.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.object.get(name).is_some_and(Value::is_truthy)
    }

    /// Applies rules that better-auth does not have.
    pub(crate) fn stricter<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.errors.len();
        let value = read(self);
        self.stricter_errors.extend(self.errors.drain(before..));
        value
    }

    /// Whether the field is `true`.
    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.object.get(name) == Some(&Value::Bool(true))
    }

    /// Returns a field if it is a text; anything else is no error.
    pub(crate) fn peek_text(&self, name: &str) -> Option<&'a str> {
        self.object.get(name).and_then(Value::as_text)
    }

    /// Refuses fields with other names.
    pub(crate) fn allow_only(&mut self, names: &[&str]) {
        let others = self.object.keys().filter(|name| !names.contains(&name.as_str()));
        let mut others: Vec<_> = others.map(|name| format!("\"{name}\"")).collect();
        others.sort();
        let noun = if others.len() > 1 { "keys" } else { "key" };
        if !others.is_empty() {
            self.fail_all(&format!("Unrecognized {noun}: {}", others.join(", ")));
        }
    }

    /// Adds an error of the whole object.
    pub(crate) fn fail_all(&mut self, message: &str) {
        self.errors.push(format!("[{}] {message}", self.part));
    }

    /// Adds an error of a field.
    pub(crate) fn fail(&mut self, name: &str, message: &str) {
        self.errors.push(format!("[{}.{name}] {message}", self.part));
    }

    fn text<'v>(&mut self, name: &str, value: Option<&'v Value>) -> Option<&'v str> {
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

/// The refusal of a body that is no object; `None` is no body. Without `expected` types the
/// message names none.
pub(super) fn no_object(expected: &[&str], value: Option<&Value>) -> AuthError {
    if expected.is_empty() {
        return refusal(&["[body] Invalid input".to_owned()]);
    }
    let errors: Vec<_> =
        expected.iter().map(|expected| format!("[body] {}", mismatch(expected, value))).collect();
    refusal(&errors)
}

fn result(errors: &[String]) -> Result<(), AuthError> {
    if errors.is_empty() { Ok(()) } else { Err(refusal(errors)) }
}

fn refusal(errors: &[String]) -> AuthError {
    AuthError::explained(VALIDATION_ERROR, errors.join("; "))
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
        Some(Value::List(_)) => "array",
        Some(Value::Object(_)) => "object",
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
    fn errors_have_better_auths_messages() {
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

    /// Recorded from `POST /sign-in/social` of better-auth, 2026-11-30.
    #[test]
    fn errors_in_nested_values_name_their_path() {
        let body = object(
            r#"{"provider": 1, "scopes": ["a", 2], "idToken": {"token": 1, "user": []},
                "additionalParams": {"a": "b", "c": 3}, "additionalData": []}"#,
        );
        let mut fields = Fields::of("body", &body);
        fields.any_word("provider");
        fields.optional_object("idToken", |fields| {
            fields.string("token");
            fields.optional_object("user", |_| ());
        });
        fields.optional_strings("scopes");
        fields.optional_texts("additionalParams");
        fields.optional_record("additionalData");
        assert_eq!(
            message(fields.finish().unwrap_err()),
            "[body.provider] Invalid input; \
             [body.idToken.token] Invalid input: expected string, received number; \
             [body.idToken.user] Invalid input: expected object, received array; \
             [body.scopes.1] Invalid input: expected string, received number; \
             [body.additionalParams.c] Invalid input: expected string, received number; \
             [body.additionalData] Invalid input: expected record, received array"
        );
    }

    #[test]
    fn a_body_must_be_an_object() {
        assert_eq!(
            message(no_object(&["object", "record"], Some(&Value::empty_list()))),
            "[body] Invalid input: expected object, received array; \
             [body] Invalid input: expected record, received array"
        );
        assert_eq!(
            message(no_object(&["object"], None)),
            "[body] Invalid input: expected object, received undefined"
        );
    }

    #[test]
    fn stored_text_must_not_contain_u_0000() {
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
