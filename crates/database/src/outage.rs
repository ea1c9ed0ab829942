//! Logs the begin and the end of an outage once each.

use std::sync::atomic::{AtomicBool, Ordering};

/// An outage and its two log messages.
#[derive(Debug)]
pub(crate) struct Outage {
    on: AtomicBool,
    begun: &'static str,
    ended: &'static str,
}

impl Outage {
    pub(crate) fn new(begun: &'static str, ended: &'static str) -> Self {
        Self { on: AtomicBool::new(false), begun, ended }
    }

    pub(crate) fn is_on(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    pub(crate) fn begin(&self, error: &sqlx::Error) {
        if !self.on.swap(true, Ordering::Relaxed) {
            tracing::error!(%error, "{}", self.begun);
        }
    }

    pub(crate) fn end(&self) {
        if self.is_on() && self.on.swap(false, Ordering::Relaxed) {
            tracing::info!("{}", self.ended);
        }
    }
}
