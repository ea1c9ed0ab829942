//! Actions and subjects of rules.

use std::fmt;

use serde::Serialize;

use super::Value;

/// An action on a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Insert a row.
    Create,
    /// Read the row.
    Read,
    /// Update the row.
    Update,
    /// Delete the row.
    Delete,
    /// Any action.
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

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $words:literal;)+) => {
        /// The kind of a subject (CASL's subject type); as JSON, the name of its GraphQL type.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
        pub enum Kind {
            $($(#[$doc])* $kind,)+
            /// Every kind.
            #[serde(rename = "all")]
            All,
        }

        impl Kind {
            /// The kinds of concrete subjects.
            pub const OF_SUBJECTS: [Self; [$(Self::$kind),+].len()] = [$(Self::$kind),+];
        }

        /// As error messages name a subject.
        impl fmt::Display for Kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$kind => $words,)+
                    Self::All => "thing",
                })
            }
        }
    };
}

kinds! {
    /// A [`crate::Book`].
    Book = "book";
    /// An [`crate::Author`].
    Author = "author";
    /// A [`crate::User`].
    User = "user";
}

/// A subject of rules: a row, or the content of a new row.
pub trait Subject {
    /// The subject's kind, never [`Kind::All`].
    const KIND: Kind;

    /// Returns the value of a field that conditions may name. `None`, for any other name, equals
    /// no value, not even [`Value::Null`]. Names are those of the GraphQL schema (`ownerId`), so
    /// that clients can evaluate the same rules.
    fn field(&self, name: &str) -> Option<Value<'_>>;
}
