//! Input checks that report all failing fields at once.

use crate::{
    error::{Error, FieldError, Result},
    name,
};

/// Earliest year of a book or a life: 3000 BC.
pub const FIRST_YEAR: i32 = -3000;
/// Maximum length of a title or name, in characters after trimming.
pub const MAX_NAME: usize = 300;
/// Maximum length of a description or biography, in characters.
pub const MAX_TEXT: usize = 10_000;

/// Collects the failures of one input.
#[derive(Debug, Default)]
pub struct Checks(Vec<FieldError>);

impl Checks {
    /// Records `message` for `field`.
    pub fn fail(&mut self, field: &'static str, message: impl Into<String>) {
        self.0.push(FieldError { field: field.into(), message: message.into() });
    }

    /// Records `message` for `field` unless `holds`.
    pub fn require(&mut self, holds: bool, field: &'static str, message: &str) {
        if !holds {
            self.fail(field, message);
        }
    }

    /// Checks a title or name: trimmed, then 1 to 300 characters that [`name::error_in`] allows.
    pub fn name(&mut self, field: &'static str, value: &str) -> String {
        let value = name::trimmed(value);
        self.require(!value.is_empty(), field, "must not be empty");
        self.require(value.chars().count() <= MAX_NAME, field, "must be at most 300 characters");
        if let Some(error) = name::error_in(value).filter(|_| !value.is_empty()) {
            self.fail(field, error);
        }
        value.to_owned()
    }

    /// Checks search text. A text longer than any title or name finds nothing.
    pub fn search(&mut self, field: &'static str, value: Option<&String>) {
        let fits = value.is_none_or(|text| text.chars().count() <= MAX_NAME);
        self.require(fits, field, "must be at most 300 characters");
    }

    /// Checks a long text: up to 10,000 characters in any number of lines.
    pub fn text(&mut self, field: &'static str, value: String) -> String {
        self.require(value.chars().count() <= MAX_TEXT, field, "must be at most 10,000 characters");
        // PostgreSQL cannot store this character, so it is refused for both databases.
        self.require(!value.contains('\0'), field, "must not contain the character U+0000");
        value
    }

    /// Checks a year: from -3000 to `latest`.
    pub fn year(&mut self, field: &'static str, value: i32, latest: i32) {
        if !(FIRST_YEAR..=latest).contains(&value) {
            self.fail(field, format!("must be between {FIRST_YEAR} and {latest}"));
        }
    }

    /// Adds the failures of `others`, with `path` before their fields.
    pub fn absorb(&mut self, path: &str, others: Self) {
        self.0.extend(others.0.into_iter().map(|FieldError { field, message }| FieldError {
            field: if path.is_empty() { field } else { format!("{path}.{field}").into() },
            message,
        }));
    }

    /// Succeeds if nothing failed.
    pub fn finish(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}
