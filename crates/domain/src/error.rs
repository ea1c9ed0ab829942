//! The error type that all crates share.

use std::{borrow::Cow, error::Error as StdError, fmt};

use crate::{
    ability::{Action, Kind},
    version::CurrentRow,
};

/// A result with the shared [`enum@Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A reason why a request failed. [`Error::code`] is its stable name for clients.
#[derive(Debug)]
pub enum Error {
    /// The action requires a signed-in user.
    Unauthenticated,
    /// The user's rules forbid the action.
    Forbidden {
        /// The forbidden action.
        action: Action,
        /// The kind of its subject.
        kind: Kind,
    },
    /// The row does not exist, or was deleted meanwhile.
    NotFound {
        /// The kind of the row.
        kind: Kind,
    },
    /// The input breaks rules; lists every failing field.
    Invalid(Vec<FieldError>),
    /// Other rows have values that must be unique: lists the fields with a readable message each.
    Conflict(Vec<FieldError>),
    /// The row was changed since the version that the client read. Contains the current row.
    Outdated(Box<dyn CurrentRow>),
    /// The server is overloaded, or the database is unreachable or read-only. A retry may
    /// succeed.
    Busy,
    /// Any other failure. Clients see "internal error"; the source is logged.
    Internal(Box<dyn StdError + Send + Sync>),
}

/// A failing field of an input, with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name in the API, e.g. `releaseYear`, or `inputs.3.releaseYear` for one of
    /// several inputs.
    pub field: Cow<'static, str>,
    /// A readable message, e.g. "must be between -3000 and 2027".
    pub message: String,
}

impl Error {
    /// Wraps a failure that the client's input did not cause: a lost database, a corrupt row.
    pub fn internal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }

    /// Creates the error of one invalid field.
    #[must_use]
    pub fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { field: field.into(), message: message.into() }])
    }

    /// Creates the error of one field whose value is taken.
    #[must_use]
    pub fn conflict(field: &'static str, message: impl Into<String>) -> Self {
        Self::Conflict(vec![FieldError { field: field.into(), message: message.into() }])
    }

    /// Returns the stable code of this kind of error.
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

/// The message for clients; never contains the source of an internal error.
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
                    // The message of a single field is a complete sentence.
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
