//! Fields of an object, checked with better-auth's messages (zod's).

mod refusal;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use serde_json::value::RawValue;

pub(super) use self::refusal::no_object;
use self::refusal::{mismatch, result};
use super::{
    email,
    json::{self, Object, Value},
};
use crate::error::AuthError;

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
        self.email_by(name, email::normalize)
    }

    /// As [`Self::email`], for an address that a client claims, see [`email::normalize_claimed`].
    pub(crate) fn claimed_email(&mut self, name: &str) -> String {
        self.email_by(name, email::normalize_claimed)
    }

    fn email_by(&mut self, name: &str, rule: impl FnOnce(&str) -> Option<String>) -> String {
        let email = self.string(name).map(rule);
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
