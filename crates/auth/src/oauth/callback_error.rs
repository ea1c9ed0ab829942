//! The error with which a callback ends.

use super::{error::INTERNAL_ERROR, sign_in::SignInError};
use crate::error::{AuthError, Refusal};

/// The maximum number of characters of a provider's error code.
const MAX_CODE_LEN: usize = 64;
/// The maximum number of characters of a provider's description of an error.
const MAX_DESCRIPTION_LEN: usize = 300;

/// The error of a callback, for `?error=`.
pub(super) struct CallbackError {
    pub(super) code: String,
    pub(super) description: Option<String>,
}

impl CallbackError {
    pub(super) fn of(code: impl Into<String>) -> Self {
        Self { code: code.into(), description: None }
    }

    /// A provider's error, shortened: proxies refuse long `Location` headers.
    pub(super) fn of_provider(code: &str, description: Option<&str>) -> Self {
        let shortened = |text: &str, limit| text.chars().take(limit).collect::<String>();
        let description = description.map(|text| shortened(text, MAX_DESCRIPTION_LEN));
        Self { code: shortened(code, MAX_CODE_LEN), description }
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
