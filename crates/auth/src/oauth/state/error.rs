//! Why a state was not accepted.

use domain::Error;

use super::stored::StoredState;
use crate::oauth::error::{INTERNAL_ERROR, STATE_MISMATCH};

/// Why a state was not accepted.
pub(crate) enum StateError {
    Refused(RefusedState),
    Failed(Error),
}

/// A state that is not valid, or not for this browser.
pub(crate) struct RefusedState {
    pub(crate) code: &'static str,
    /// The error page of the sign-in, if its data was found.
    pub(crate) error_url: Option<String>,
    /// Whether the response removes the cookie of the state.
    pub(crate) expire_cookie: bool,
}

impl RefusedState {
    pub(super) fn unknown(code: &'static str) -> Self {
        Self { code, error_url: None, expire_cookie: false }
    }

    /// The stored data is not JSON in the expected format.
    pub(super) fn corrupt() -> Self {
        Self::unknown(INTERNAL_ERROR)
    }

    pub(super) fn mismatch(stored: StoredState) -> Self {
        Self { code: STATE_MISMATCH, error_url: stored.error_url, expire_cookie: false }
    }

    /// The state was consumed before, or has expired.
    pub(super) fn ended(stored: StoredState) -> Self {
        Self { code: STATE_MISMATCH, error_url: stored.error_url, expire_cookie: true }
    }
}

impl From<Error> for StateError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<RefusedState> for StateError {
    fn from(refused: RefusedState) -> Self {
        Self::Refused(refused)
    }
}
