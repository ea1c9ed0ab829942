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
            /// The kinds that subjects have.
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

/// A row, or the content of a new row, about which rules decide.
pub trait Subject {
    /// Its kind, never [`Kind::All`].
    const KIND: Kind;

    /// The value of a field that conditions may name; `None` for any other name, which
    /// equals nothing, not even [`Value::Null`]. Names are those of the GraphQL schema
    /// (`ownerId`), so that clients can decide by the same rules.
    fn field(&self, name: &str) -> Option<Value<'_>>;
}
