//! The error with which a callback ends.

use super::{error::INTERNAL_ERROR, sign_in::SignInError};
use crate::error::{AuthError, Refusal};

/// The error of a callback, for `?error=`.
pub(super) struct CallbackError {
    pub(super) code: String,
    pub(super) description: Option<String>,
}

impl CallbackError {
    pub(super) fn of(code: impl Into<String>) -> Self {
        Self { code: code.into(), description: None }
    }

    /// The description for people, if there is one.
    pub(super) fn description(&self) -> Option<&str> {
        self.description.as_deref().filter(|text| !text.is_empty())
    }
}

impl From<AuthError> for CallbackError {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Refused(Refusal { code: Some(code), message, .. }) => {
                Self { code: code.to_owned(), description: Some(message.into_owned()) }
            }
            AuthError::Refused(refusal) => Self::of(refusal.message),
            AuthError::Failed(error) => {
                AuthError::log(&error);
                Self::of(INTERNAL_ERROR)
            }
        }
    }
}

impl From<SignInError> for CallbackError {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Refused(reason) => Self::of(reason.code()),
            SignInError::Failed(error) => error.into(),
        }
    }
}
