//! Actions of rules, and the subjects to which they are done.

use std::fmt;

use serde::Serialize;

use super::Value;

/// What a user does to a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Adds a new one.
    Create,
    /// Reads it.
    Read,
    /// Changes it.
    Update,
    /// Removes it.
    Delete,
    /// Any of these.
    Manage,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Manage => "manage",
        })
    }
}

/// The kind of a subject (CASL's subject type); as JSON, the name of its GraphQL type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Kind {
    /// A [`crate::Book`].
    Book,
    /// An [`crate::Author`].
    Author,
    /// A [`crate::User`].
    User,
    /// Every kind.
    #[serde(rename = "all")]
    All,
}

impl Kind {
    /// The kinds that subjects have.
    pub const OF_SUBJECTS: [Self; 3] = [Self::Book, Self::Author, Self::User];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Book => "book",
            Self::Author => "author",
            Self::User => "user",
            Self::All => "thing",
        })
    }
}

/// A row, or the content of a new row, about which rules decide.
pub trait Subject {
    /// Its kind, never [`Kind::All`].
    const KIND: Kind;

    /// The value of a field that conditions may name; `None` for any other name, which
    /// equals nothing, not even [`Value::Null`]. Names are those of the GraphQL schema
    /// (`ownerId`), so that clients can decide by the same rules.
    fn field(&self, name: &str) -> Option<Value<'_>>;
}
