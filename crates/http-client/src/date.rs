//! The time at the servers.

use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};

use chrono::{DateTime, Utc};
use http::{HeaderMap, header::DATE};

/// The header `Date` of the latest response, and when it came.
#[derive(Default)]
pub(super) struct LatestDate(Mutex<Option<(DateTime<Utc>, Instant)>>);

impl LatestDate {
    /// Notes the date of a response, if it has one.
    pub(super) fn note(&self, headers: &HeaderMap) {
        let date = headers.get(DATE).and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok());
        if let Some(date) = date {
            let noted = Some((date.to_utc(), Instant::now()));
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = noted;
        }
    }

    /// The time at the server of the latest response.
    pub(super) fn now(&self) -> Option<DateTime<Utc>> {
        let (date, noted) = (*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        Some(date + noted.elapsed())
    }
}
