//! Conditions of rules on the fields of a subject.

use std::borrow::Cow;

/// Looks a field of a subject up by its name.
pub(super) type Fields<'a> = &'a dyn Fn(&str) -> Value<'a>;

/// The value of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Absent or unknown.
    Null,
    /// Text, e.g. an id.
    Text(Cow<'a, str>),
    /// A whole number, e.g. a year.
    Number(i64),
    /// Yes or no.
    Bool(bool),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<i32> for Value<'_> {
    fn from(number: i32) -> Self {
        Self::Number(number.into())
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl Value<'_> {
    fn into_owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Self::Number(number) => Value::Number(number),
            Self::Bool(value) => Value::Bool(value),
        }
    }
}

/// What must hold for a subject before a rule counts: CASL's `MongoDB` operators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The field has this value (`$eq`).
    Eq(&'static str, Value<'static>),
    /// The field has another value, or none (`$ne`).
    Ne(&'static str, Value<'static>),
    /// The field has one of these values (`$in`).
    In(&'static str, Vec<Value<'static>>),
    /// Every one holds (`$and`).
    All(Vec<Self>),
    /// At least one holds (`$or`).
    Any(Vec<Self>),
    /// It does not hold (`$not`).
    Not(Box<Self>),
}

impl Condition {
    /// The field has this value.
    #[must_use]
    pub fn eq<'a>(field: &'static str, value: impl Into<Value<'a>>) -> Self {
        Self::Eq(field, value.into().into_owned())
    }

    pub(super) fn holds(&self, fields: Fields<'_>) -> bool {
        match self {
            Self::Eq(field, value) => fields(field) == *value,
            Self::Ne(field, value) => fields(field) != *value,
            Self::In(field, values) => values.contains(&fields(field)),
            Self::All(parts) => parts.iter().all(|part| part.holds(fields)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(fields)),
            Self::Not(part) => !part.holds(fields),
        }
    }
}
