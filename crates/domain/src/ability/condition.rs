//! Conditions of rules on the fields of a subject.

use std::borrow::Cow;

use serde::Serialize;

/// Looks up a subject's field by name; `None` if the subject has no such field.
pub(super) type FieldLookup<'a> = &'a dyn Fn(&str) -> Option<Value<'a>>;

/// The value of a field. Values of different variants are never equal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value<'a> {
    /// Null. A field that the subject does not have is not null.
    Null,
    /// Text, e.g. an id.
    Text(Cow<'a, str>),
    /// A 32-bit number, e.g. a year.
    Int(i32),
    /// True or false.
    Boolean(bool),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<i32> for Value<'_> {
    fn from(number: i32) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A condition on the fields of a subject: CASL's `MongoDB` operators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition<'u> {
    /// The field has this value (`$eq`).
    Eq(&'static str, Value<'u>),
    /// The field has another value, or the subject has no such field (`$ne`).
    Ne(&'static str, Value<'u>),
    /// The field has one of these values (`$in`).
    In(&'static str, Vec<Value<'u>>),
    /// All conditions hold (`$and`).
    All(Vec<Self>),
    /// At least one condition holds (`$or`).
    Any(Vec<Self>),
    /// The condition does not hold (`$not`).
    Not(Box<Self>),
}

impl<'u> Condition<'u> {
    /// Compares for equality.
    #[must_use]
    pub fn eq(field: &'static str, value: impl Into<Value<'u>>) -> Self {
        Self::Eq(field, value.into())
    }

    /// Compares for inequality; true if the subject has no such field.
    #[must_use]
    pub fn ne(field: &'static str, value: impl Into<Value<'u>>) -> Self {
        Self::Ne(field, value.into())
    }

    /// Negates the condition.
    #[must_use]
    pub fn negated(self) -> Self {
        Self::Not(Box::new(self))
    }

    pub(super) fn holds(&self, fields: FieldLookup<'_>) -> bool {
        match self {
            Self::Eq(field, value) => fields(field).as_ref() == Some(value),
            Self::Ne(field, value) => fields(field).as_ref() != Some(value),
            Self::In(field, values) => fields(field).is_some_and(|value| values.contains(&value)),
            Self::All(parts) => parts.iter().all(|part| part.holds(fields)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(fields)),
            Self::Not(part) => !part.holds(fields),
        }
    }
}
