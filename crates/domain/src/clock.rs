//! The clock. It is a parameter, so that tests advance it instead of sleeping.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use serde::{Deserializer, de};

/// Maximum difference between the clocks of several machines. A stored instant further in the
/// future means that a clock was set back.
pub const SKEW: TimeDelta = TimeDelta::seconds(10);

/// A source of the current time. Cheap to clone; clones of a manual clock advance together.
#[derive(Clone, Debug, Default)]
pub struct Clock(Source);

#[derive(Clone, Debug, Default)]
enum Source {
    #[default]
    System,
    /// Milliseconds since 1970.
    Manual(Arc<AtomicI64>),
    /// Milliseconds to add to the machine's clock.
    Ahead(Arc<AtomicI64>),
}

impl Clock {
    /// Creates a clock with the machine's time.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// Creates a clock that shows `start` until [`Clock::advance`] changes it.
    #[must_use]
    pub fn manual(start: DateTime<Utc>) -> Self {
        Self(Source::Manual(Arc::new(AtomicI64::new(start.timestamp_millis()))))
    }

    /// Creates a clock that runs like the machine's, ahead of it by the sum of
    /// [`Clock::advance`].
    #[must_use]
    pub fn ahead() -> Self {
        Self(Source::Ahead(Arc::default()))
    }

    /// Returns the time in milliseconds, the precision in which it is stored and sent.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        let millis = match &self.0 {
            Source::System => machine(),
            Source::Manual(millis) => millis.load(Ordering::Relaxed),
            Source::Ahead(millis) => machine() + millis.load(Ordering::Relaxed),
        };
        DateTime::from_timestamp_millis(millis).unwrap_or_default()
    }

    /// Returns the current year, e.g. 2026.
    #[must_use]
    pub fn year(&self) -> i32 {
        self.now().year()
    }

    /// Whether `instant` is further in the future than [`SKEW`]: a clock was set back after
    /// `instant` was stored.
    #[must_use]
    pub fn is_ahead(&self, instant: DateTime<Utc>) -> bool {
        instant > self.now() + SKEW
    }

    /// Advances a test clock, forward or back. Does nothing on the machine's clock.
    pub fn advance(&self, by: TimeDelta) {
        if let Source::Manual(millis) | Source::Ahead(millis) = &self.0 {
            millis.fetch_add(by.num_milliseconds(), Ordering::Relaxed);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the only reader of the machine's clock")]
fn machine() -> i64 {
    Utc::now().timestamp_millis()
}

/// Reads an instant for `#[serde(deserialize_with)]`. RFC 3339 takes a quarter of the
/// instructions of chrono's own implementation, which accepts more formats: a page of a
/// list has two instants in each row.
pub(crate) fn instant<'de, D: Deserializer<'de>>(text: D) -> Result<DateTime<Utc>, D::Error> {
    struct Visitor;

    impl de::Visitor<'_> for Visitor {
        type Value = DateTime<Utc>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an instant as text")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<DateTime<Utc>, E> {
            let instant = DateTime::parse_from_rfc3339(text).or_else(|_| text.parse());
            instant.map(|instant| instant.to_utc()).map_err(E::custom)
        }
    }

    text.deserialize_str(Visitor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_changes_only_by_advance() {
        let clock = Clock::manual(DateTime::UNIX_EPOCH);
        assert_eq!(clock.now(), DateTime::UNIX_EPOCH);
        clock.clone().advance(TimeDelta::days(366));
        assert_eq!(clock.year(), 1971);
    }

    #[test]
    fn an_instant_is_ahead_after_the_clock_was_set_back_beyond_the_skew() {
        let clock = Clock::manual(DateTime::UNIX_EPOCH);
        let noted = clock.now();
        for (back, is_ahead) in [(0, false), (10, false), (1, true)] {
            clock.advance(TimeDelta::seconds(-back));
            assert_eq!(clock.is_ahead(noted), is_ahead);
        }
    }

    #[test]
    fn time_has_millisecond_precision() {
        assert_eq!(Clock::system().now().timestamp_subsec_nanos() % 1_000_000, 0);
    }

    #[test]
    fn instants_of_both_databases_are_parsed() {
        let read = |text: &str| instant(de::value::StrDeserializer::<de::value::Error>::new(text));
        let noon = DateTime::from_timestamp_millis(43_200_500).unwrap();
        for text in [
            "1970-01-01T12:00:00.5+00:00",
            "1970-01-01T12:00:00.500Z",
            "1970-01-01 12:00:00.5 +00:00",
            "1970-01-01T14:00:00.500000+02:00",
        ] {
            assert_eq!(read(text), Ok(noon), "{text}");
        }
        assert!(read("noon").is_err());
    }
}
