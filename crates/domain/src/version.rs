//! Versions of rows, for optimistic locking. A row's version is the time of its last change.
//!
//! A client sends the version that it read. If the row has changed since, the update fails and
//! returns the current row, so that no change is overwritten.

use std::fmt::Debug;

use chrono::{DateTime, Utc};

use crate::{
    ability::Kind,
    entity::Entity,
    error::{Error, Result},
    field::{EntityField, Field, FieldValue},
};

/// The current row of any entity, returned to a client that read another version.
pub trait CurrentRow: Debug + Send + Sync {
    /// Returns the kind of the row.
    fn kind(&self) -> Kind;

    /// Returns the name of its GraphQL type.
    fn type_name(&self) -> &'static str;

    /// Returns its public fields and their values.
    fn fields(&self) -> Vec<(&'static Field, FieldValue<'_>)>;
}

impl<E: Entity> CurrentRow for E {
    fn kind(&self) -> Kind {
        E::KIND
    }

    fn type_name(&self) -> &'static str {
        E::TYPE_NAME
    }

    fn fields(&self) -> Vec<(&'static Field, FieldValue<'_>)> {
        let fields = E::Field::ALL.iter().map(|field| (field.definition(), field.value(self)));
        fields.filter(|(field, _)| field.public).collect()
    }
}

/// Fails with [`Error::Outdated`] unless `seen`, the version that the client read, is the version
/// of `row`. `None` skips the check. Versions are compared in milliseconds, the precision that
/// clients see.
pub fn expect<E: Entity>(row: &E, seen: Option<DateTime<Utc>>) -> Result<()> {
    match seen {
        Some(seen) if seen.timestamp_millis() != row.updated_at().timestamp_millis() => {
            Err(Error::Outdated(Box::new(row.clone())))
        }
        _ => Ok(()),
    }
}

/// Returns the version after `before`: `now`, or the next millisecond if the clock has not
/// advanced or was set back. So each change of a row has a different version.
#[must_use]
pub fn after(before: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    let next = before.timestamp_millis().saturating_add(1);
    DateTime::from_timestamp_millis(next).map_or(now, |next| next.max(now))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    /// The same time, within the millisecond that clients see.
    fn a_bit_later(time: DateTime<Utc>) -> DateTime<Utc> {
        time + TimeDelta::microseconds(999)
    }

    fn millis(millis: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(millis).unwrap()
    }

    #[test]
    fn versions_are_compared_in_milliseconds() {
        let author = crate::Author {
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
            assert_eq!(expect(&author, seen).is_ok(), ok, "{seen:?}");
        }
        let Err(Error::Outdated(current)) = expect(&author, Some(millis(0))) else {
            panic!("overwritten")
        };
        assert_eq!((current.kind(), current.fields()), (Kind::Author, author.fields()));
    }

    #[test]
    fn every_change_has_a_different_version() {
        assert_eq!(after(millis(5), millis(9)), millis(9));
        assert_eq!(after(millis(5), millis(5)), millis(6));
        assert_eq!(after(a_bit_later(millis(5)), millis(5)), millis(6));
        assert_eq!(after(millis(9), millis(5)), millis(10));
        assert_eq!(after(DateTime::<Utc>::MAX_UTC, millis(5)), millis(5));
    }
}
