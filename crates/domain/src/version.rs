//! Versions of rows: when a row last changed, which tells editors of each other.
//!
//! An editor names the version that they saw. What somebody else changed since, they do
//! not overwrite: they are given the row as it is now.

use chrono::{DateTime, Utc};

use crate::{
    ability::{Kind, Subject},
    author::Author,
    book::Book,
    error::{Error, Result},
};

macro_rules! versioned {
    ($($entity:ident),+ $(,)?) => {
        /// A row as it is now, of which an editor saw another version.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the names say it")]
        pub enum Current {
            $($entity($entity)),+
        }

        impl Current {
            pub(crate) fn kind(&self) -> Kind {
                match self {
                    $(Self::$entity(_) => $entity::KIND),+
                }
            }
        }

        $(impl $entity {
            /// Fails with [`Error::Outdated`] unless this is the version that an editor saw,
            /// if they name one.
            pub fn expect_version(&self, seen: Option<DateTime<Utc>>) -> Result<()> {
                expect(seen, self.updated_at, || Current::$entity(self.clone()))
            }
        })+
    };
}

versioned! {
    Book,
    Author,
}

/// In milliseconds, which is what clients are told of times.
fn expect(
    seen: Option<DateTime<Utc>>,
    version: DateTime<Utc>,
    current: impl FnOnce() -> Current,
) -> Result<()> {
    match seen {
        Some(seen) if seen.timestamp_millis() != version.timestamp_millis() => {
            Err(Error::Outdated(Box::new(current())))
        }
        _ => Ok(()),
    }
}

/// The version after `before`: now, or, where the clock has not moved on or stepped back,
/// the next millisecond. No two changes of a row have the same one.
#[must_use]
pub fn after(before: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    let next = before.timestamp_millis().saturating_add(1);
    DateTime::from_timestamp_millis(next).map_or(now, |next| next.max(now))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    /// The same time, finer than clients see it.
    fn a_bit_later(time: DateTime<Utc>) -> DateTime<Utc> {
        time + TimeDelta::microseconds(999)
    }

    fn millis(millis: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(millis).unwrap()
    }

    #[test]
    fn versions_are_compared_as_clients_see_them() {
        let author = Author {
            id: "a1".into(),
            name: "Jane".to_owned(),
            bio: None,
            birth_year: None,
            death_year: None,
            owner_id: "u1".into(),
            created_at: DateTime::UNIX_EPOCH,
            updated_at: a_bit_later(millis(-7)),
        };
        for (seen, ok) in [
            (None, true),
            (Some(millis(-7)), true),
            (Some(a_bit_later(millis(-7))), true),
            (Some(millis(-6)), false),
            (Some(millis(-8)), false),
        ] {
            assert_eq!(author.expect_version(seen).is_ok(), ok, "{seen:?}");
        }
        let Err(Error::Outdated(current)) = author.expect_version(Some(millis(0))) else {
            panic!("overwritten")
        };
        assert_eq!(*current, Current::Author(author));
    }

    #[test]
    fn no_two_changes_have_the_same_version() {
        assert_eq!(after(millis(5), millis(9)), millis(9));
        assert_eq!(after(millis(5), millis(5)), millis(6));
        assert_eq!(after(a_bit_later(millis(5)), millis(5)), millis(6));
        assert_eq!(after(millis(9), millis(5)), millis(10));
        assert_eq!(after(DateTime::<Utc>::MAX_UTC, millis(5)), millis(5));
    }
}
