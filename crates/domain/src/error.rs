//! The one error that crosses crates.

use std::{borrow::Cow, error::Error as StdError, fmt};

use crate::{
    ability::{Action, Kind},
    version::Current,
};

/// A result with the one [`enum@Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something was not done. [`Error::code`] is its stable name for clients.
#[derive(Debug)]
pub enum Error {
    /// Nobody is signed in, and the action needs somebody.
    Unauthenticated,
    /// The rules say no.
    Forbidden {
        /// What was asked for.
        action: Action,
        /// On what kind of thing.
        kind: Kind,
    },
    /// There is no such row, or it has gone meanwhile.
    NotFound {
        /// What was looked for.
        kind: Kind,
    },
    /// The input breaks rules; every failing field is listed.
    Invalid(Vec<FieldError>),
    /// Other rows already have values that must be unique: the fields whose values are
    /// taken, with a sentence for people each.
    Conflict(Vec<FieldError>),
    /// The row was changed since the version that the editor saw: as it is now.
    Outdated(Box<Current>),
    /// Too much work is waiting, or the database is away or takes no writes; trying again
    /// later may succeed.
    Busy,
    /// Anything else. Clients see "internal error"; the source is for the log.
    Internal(Box<dyn StdError + Send + Sync>),
}

/// One field of an input and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field as clients spell it, e.g. `releaseYear`, or `inputs.3.releaseYear` of
    /// one input among several.
    pub field: Cow<'static, str>,
    /// A sentence for people, e.g. "must be between -3000 and 2027".
    pub message: String,
}

impl Error {
    /// Wraps a failure that is nobody's input: a lost database, a broken row.
    pub fn internal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }

    /// A single invalid field.
    #[must_use]
    pub fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { field: field.into(), message: message.into() }])
    }

    /// A single field whose value is taken.
    #[must_use]
    pub fn conflict(field: &'static str, message: impl Into<String>) -> Self {
        Self::Conflict(vec![FieldError { field: field.into(), message: message.into() }])
    }

    /// The stable name of this kind of error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden { .. } => "FORBIDDEN",
            Self::NotFound { .. } => "NOT_FOUND",
            Self::Invalid(_) => "BAD_USER_INPUT",
            Self::Conflict(_) | Self::Outdated(_) => "CONFLICT",
            Self::Busy => "SERVICE_UNAVAILABLE",
            Self::Internal(_) => "INTERNAL_SERVER_ERROR",
        }
    }
}

/// What a client may read; never the source of an internal error.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthenticated => f.write_str("you are not signed in"),
            Self::Forbidden { action, kind } => write!(f, "you may not {action} this {kind}"),
            Self::NotFound { kind } => write!(f, "there is no such {kind}"),
            Self::Invalid(fields) => {
                f.write_str("invalid input")?;
                for (i, FieldError { field, message }) in fields.iter().enumerate() {
                    write!(f, "{} {field} {message}", if i == 0 { ":" } else { ";" })?;
                }
                Ok(())
            }
            Self::Conflict(fields) => {
                for (i, FieldError { field, message }) in fields.iter().enumerate() {
                    // Of a single one the message is a sentence by itself.
                    match (i, fields.len()) {
                        (_, 1) => f.write_str(message)?,
                        (0, _) => write!(f, "{field}: {message}")?,
                        _ => write!(f, "; {field}: {message}")?,
                    }
                }
                Ok(())
            }
            Self::Outdated(current) => {
                write!(f, "this {} was changed meanwhile", current.kind())
            }
            Self::Busy => f.write_str("the server is busy; please try again"),
            Self::Internal(_) => f.write_str("internal error"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Internal(source) => Some(source.as_ref()),
            _ => None,
        }
    }
}
