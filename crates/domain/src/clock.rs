//! The time, handed in, so that tests move it instead of sleeping.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use serde::{Deserializer, de};

/// By how much the clocks of several machines may differ. An instant that lies further in
/// the future was noted before a clock went back.
pub const SKEW: TimeDelta = TimeDelta::seconds(10);

/// Where "now" comes from. Cheap to clone; clones of a manual clock move together.
#[derive(Clone, Debug, Default)]
pub struct Clock(Source);

#[derive(Clone, Debug, Default)]
enum Source {
    #[default]
    System,
    /// Milliseconds since 1970.
    Manual(Arc<AtomicI64>),
    /// Milliseconds ahead of the machine's clock.
    Ahead(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `start` until [`Clock::advance`] moves it.
    #[must_use]
    pub fn manual(start: DateTime<Utc>) -> Self {
        Self(Source::Manual(Arc::new(AtomicI64::new(start.timestamp_millis()))))
    }

    /// A clock that runs like the machine's, ahead of it by as much as
    /// [`Clock::advance`] says.
    #[must_use]
    pub fn ahead() -> Self {
        Self(Source::Ahead(Arc::default()))
    }

    /// The time, cut to milliseconds: the precision in which it is stored and sent.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        let millis = match &self.0 {
            Source::System => machine(),
            Source::Manual(millis) => millis.load(Ordering::Relaxed),
            Source::Ahead(millis) => machine() + millis.load(Ordering::Relaxed),
        };
        DateTime::from_timestamp_millis(millis).unwrap_or_default()
    }

    /// The current year, e.g. 2026.
    #[must_use]
    pub fn year(&self) -> i32 {
        self.now().year()
    }

    /// Whether a clock went back since it noted this instant.
    #[must_use]
    pub fn is_ahead(&self, instant: DateTime<Utc>) -> bool {
        instant > self.now() + SKEW
    }

    /// Moves a clock of tests, forward or back. The machine's clock cannot be moved: there it
    /// does nothing.
    pub fn advance(&self, by: TimeDelta) {
        if let Source::Manual(millis) | Source::Ahead(millis) = &self.0 {
            millis.fetch_add(by.num_milliseconds(), Ordering::Relaxed);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
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
    fn a_manual_clock_moves_only_by_hand() {
        let clock = Clock::manual(DateTime::UNIX_EPOCH);
        assert_eq!(clock.now(), DateTime::UNIX_EPOCH);
        clock.clone().advance(TimeDelta::days(366));
        assert_eq!(clock.year(), 1971);
    }

    #[test]
    fn an_instant_is_ahead_after_the_clock_went_back_by_more_than_clocks_differ() {
        let clock = Clock::manual(DateTime::UNIX_EPOCH);
        let noted = clock.now();
        for (back, is_ahead) in [(0, false), (10, false), (1, true)] {
            clock.advance(TimeDelta::seconds(-back));
            assert_eq!(clock.is_ahead(noted), is_ahead);
        }
    }

    #[test]
    fn time_has_no_more_than_milliseconds() {
        assert_eq!(Clock::system().now().timestamp_subsec_nanos() % 1_000_000, 0);
    }

    #[test]
    fn both_databases_instants_are_read() {
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
