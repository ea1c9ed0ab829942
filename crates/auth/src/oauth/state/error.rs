//! Why a state was not accepted.

use domain::Error;

use super::stored::Stored;
use crate::oauth::error::STATE_MISMATCH;

/// Why a state was not accepted.
pub(crate) enum StateError {
    Refused {
        code: &'static str,
        /// The sign-in's page of errors, if its data was found.
        error_url: Option<String>,
        /// Whether the state is this browser's, and is used up.
        is_used_up: bool,
    },
    Failed(Error),
}

impl StateError {
    pub(super) fn unknown(code: &'static str) -> Self {
        Self::Refused { code, error_url: None, is_used_up: false }
    }

    pub(super) fn mismatch(stored: Stored) -> Self {
        Self::Refused { code: STATE_MISMATCH, error_url: stored.error_url, is_used_up: false }
    }

    pub(super) fn used_up(stored: Stored) -> Self {
        Self::Refused { code: STATE_MISMATCH, error_url: stored.error_url, is_used_up: true }
    }
}

impl From<Error> for StateError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}
