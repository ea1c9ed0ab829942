//! Where the latest sign-in with a provider began, if it will fail.

use std::sync::{Mutex, PoisonError};

/// Where the latest sign-in began, if the browser will not send its cookie to the base URL.
#[derive(Debug, Default)]
pub(crate) struct ForeignStart(Mutex<Option<String>>);

impl ForeignStart {
    pub(super) fn set(&self, start: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = start;
    }

    pub(super) fn latest(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
