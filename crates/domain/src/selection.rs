//! Selections of fields that the database writes as JSON objects.

use std::convert::Infallible;

/// The members of a JSON object in order: a GraphQL selection set with its response keys. `F` is
/// the type of the row's fields, `N` of the related rows' fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonSelection<F, N = Infallible>(Vec<(String, JsonField<F, N>)>);

/// The value of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonField<F, N = Infallible> {
    /// A field of the row.
    Field(F),
    /// The name of the row's GraphQL type.
    TypeName(&'static str),
    /// The related rows.
    Nested(JsonSelection<N>),
}

impl<F, N> JsonSelection<F, N> {
    /// Returns `None` unless every key is a GraphQL name (letters, digits, underscores), in which
    /// JSON escapes nothing.
    #[must_use]
    pub fn new(members: Vec<(String, JsonField<F, N>)>) -> Option<Self> {
        let is_name =
            |key: &str| key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        members.iter().all(|(key, _)| is_name(key)).then_some(Self(members))
    }

    /// Whether any member contains related rows.
    #[must_use]
    pub fn has_nested(&self) -> bool {
        self.0.iter().any(|(_, field)| matches!(field, JsonField::Nested(_)))
    }

    /// Returns the keys with their values.
    #[must_use]
    pub fn members(&self) -> &[(String, JsonField<F, N>)] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_no_name_is_not_for_the_database() {
        let selection =
            |key: &str| JsonSelection::<()>::new(vec![(key.to_owned(), JsonField::Field(()))]);
        assert!(selection("_aZ09").is_some());
        for key in ["a'b", "a b", "a\"", "é", "a-b", "a?"] {
            assert_eq!(selection(key), None, "{key}");
        }
    }
}
