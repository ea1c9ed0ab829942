//! Checks of an input that report every failing field at once.

use crate::{
    error::{Error, FieldError, Result},
    name,
};

/// The earliest year of a book or a life, 3000 before Christ.
pub const FIRST_YEAR: i32 = -3000;
/// The longest title or name, in characters after trimming.
pub const MAX_NAME: usize = 300;
/// The longest description or biography, in characters.
pub const MAX_TEXT: usize = 10_000;

/// Collects the failures of one input.
#[derive(Debug, Default)]
pub struct Checks(Vec<FieldError>);

impl Checks {
    /// Notes `message` for `field`.
    pub fn fail(&mut self, field: &'static str, message: impl Into<String>) {
        self.0.push(FieldError { field: field.into(), message: message.into() });
    }

    /// Notes `message` for `field` unless `holds`.
    pub fn require(&mut self, holds: bool, field: &'static str, message: &str) {
        if !holds {
            self.fail(field, message);
        }
    }

    /// A title or name: trimmed, then 1 to 300 characters, of which [`name::error_in`] says
    /// which they may be.
    pub fn name(&mut self, field: &'static str, value: &str) -> String {
        let value = name::trimmed(value);
        self.require(!value.is_empty(), field, "must not be empty");
        self.require(value.chars().count() <= MAX_NAME, field, "must be at most 300 characters");
        if let Some(error) = name::error_in(value).filter(|_| !value.is_empty()) {
            self.fail(field, error);
        }
        value.to_owned()
    }

    /// Text to search titles and names for: longer than any of them finds nothing.
    pub fn search(&mut self, field: &'static str, value: Option<&String>) {
        let fits = value.is_none_or(|text| text.chars().count() <= MAX_NAME);
        self.require(fits, field, "must be at most 300 characters");
    }

    /// A longer text, of any lines: up to 10,000 characters.
    pub fn text(&mut self, field: &'static str, value: String) -> String {
        self.require(value.chars().count() <= MAX_TEXT, field, "must be at most 10,000 characters");
        // PostgreSQL cannot store it, so no database may.
        self.require(!value.contains('\0'), field, "must not contain the character U+0000");
        value
    }

    /// A year from -3000 to `latest`.
    pub fn year(&mut self, field: &'static str, value: i32, latest: i32) {
        if !(FIRST_YEAR..=latest).contains(&value) {
            self.fail(field, format!("must be between {FIRST_YEAR} and {latest}"));
        }
    }

    /// Notes what `others` noted, of the fields of what stands at `path`.
    pub fn absorb(&mut self, path: &str, others: Self) {
        self.0.extend(others.0.into_iter().map(|FieldError { field, message }| FieldError {
            field: if path.is_empty() { field } else { format!("{path}.{field}").into() },
            message,
        }));
    }

    /// Succeeds if nothing was noted.
    pub fn finish(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}
