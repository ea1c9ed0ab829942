//! Places in a sorted list, and the part of it that lies between two of them.
//!
//! A page that is found by the place where it begins costs the same wherever that is,
//! and neither repeats nor leaves out a row when others come and go meanwhile.

use crate::{
    page::Page,
    search::{RELEVANCE, Search},
    validation::Checks,
};

/// Which way a key sorts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The smallest first.
    Ascending,
    /// The largest first.
    Descending,
}

/// What the values of a key are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Text, compared byte by byte.
    Text,
    /// A number.
    Number,
    /// An instant.
    Instant,
}

/// One of the values that a list is sorted by. Every row has one: what may be unknown
/// has a stored field in which it is the last in this direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// What it is about, e.g. `releaseYear`.
    pub field: &'static str,
    /// The field of a stored row that is compared, e.g. `releaseYearOrLast`.
    pub column: &'static str,
    /// What its values are.
    pub kind: KeyKind,
    /// Which way it sorts.
    pub direction: Direction,
}

/// Everything that a list is sorted by; the last key is unique, so that no two rows
/// have the same place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyset(Vec<Key>);

impl Keyset {
    /// Sorted by `keys`, then by id, in the direction of the last of them: so an index
    /// over a key and the id serves both of the key's directions.
    #[must_use]
    pub fn new(keys: impl IntoIterator<Item = Key>) -> Self {
        let mut sorted_by: Vec<Key> = Vec::new();
        for key in keys {
            // After its first mention a field is the same in every tie.
            if sorted_by.iter().all(|earlier| earlier.field != key.field) {
                sorted_by.push(key);
            }
        }
        let direction = sorted_by.last().map_or(Direction::Ascending, |key| key.direction);
        sorted_by.push(Key { field: "id", column: "id", kind: KeyKind::Text, direction });
        Self(sorted_by)
    }

    /// Sorted by `keys`, or by relevance where there are none and something was searched.
    #[must_use]
    pub fn searched(keys: impl IntoIterator<Item = Key>, search: Option<&Search>) -> Self {
        let mut keys = keys.into_iter().peekable();
        let relevance = search.filter(|_| keys.peek().is_none()).map(|_| RELEVANCE);
        Self::new(relevance.into_iter().chain(keys))
    }

    /// Sorted by these keys alone, the last of which is unique.
    #[must_use]
    pub fn unique(keys: &[Key]) -> Self {
        Self(keys.to_vec())
    }

    /// The keys, the most significant first.
    #[must_use]
    pub fn keys(&self) -> &[Key] {
        &self.0
    }
}

/// A value of a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyValue {
    /// Of [`KeyKind::Text`].
    Text(String),
    /// Of [`KeyKind::Number`].
    Number(i32),
    /// Of [`KeyKind::Instant`]: as it is stored, to the last digit, so that a row is where
    /// its place is. RFC 3339.
    Instant(String),
}

/// A place in a list: a value for each key of its [`Keyset`]. There need not be a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub Vec<KeyValue>);

/// What a client names a place by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Cursor {
    /// No place.
    #[default]
    Absent,
    /// A place in this list.
    At(Position),
    /// Not a place in this list.
    Foreign,
}

/// The rows of a list that are wanted: so many from one of the ends of what lies
/// between two places.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    size: u64,
    backward: bool,
    after: Option<Position>,
    before: Option<Position>,
}

impl Window {
    /// How many rows come when nobody says.
    pub const DEFAULT_SIZE: i32 = 50;

    /// The `first` or the `last` so many rows, the first 50 without either. Fails with
    /// every argument that breaks a rule.
    pub fn new(
        first: Option<i32>,
        last: Option<i32>,
        after: Cursor,
        before: Cursor,
    ) -> crate::Result<Self> {
        let mut checks = Checks::default();
        for (field, size) in [("first", first), ("last", last)] {
            let fits = size.is_none_or(|size| (1..=Page::MAX_LIMIT).contains(&size));
            checks.require(fits, field, "must be between 1 and 100");
        }
        if first.is_some() && last.is_some() {
            checks.fail("first", "cannot be combined with last");
            checks.fail("last", "cannot be combined with first");
        }
        let after = place(&mut checks, "after", after);
        let before = place(&mut checks, "before", before);
        checks.finish()?;
        let size = first.or(last).unwrap_or(Self::DEFAULT_SIZE);
        Ok(Self { size: size.unsigned_abs().into(), backward: last.is_some(), after, before })
    }

    /// How many rows at most, 1 to 100.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Whether the rows are the last ones of what lies between the places.
    #[must_use]
    pub fn is_backward(&self) -> bool {
        self.backward
    }

    /// The place behind which the rows lie.
    #[must_use]
    pub fn after(&self) -> Option<&Position> {
        self.after.as_ref()
    }

    /// The place before which the rows lie.
    #[must_use]
    pub fn before(&self) -> Option<&Position> {
        self.before.as_ref()
    }
}

fn place(checks: &mut Checks, field: &'static str, cursor: Cursor) -> Option<Position> {
    match cursor {
        Cursor::Absent => None,
        Cursor::At(position) => Some(position),
        Cursor::Foreign => {
            checks.fail(field, "must be a cursor of this list, in this order");
            None
        }
    }
}

/// A part of a list, as seen from a place; the place belongs to both.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// From the beginning to here.
    UpTo(Position),
    /// From here to the end.
    From(Position),
}

/// A row and its place.
#[derive(Clone, Debug)]
pub struct Placed<T> {
    /// The row.
    pub row: T,
    /// Where it is.
    pub position: Position,
}

/// The rows of a [`Window`], in the list's order.
#[derive(Clone, Debug)]
pub struct Slice<T> {
    /// At most as many as the window's size.
    pub rows: Vec<Placed<T>>,
    /// Whether there are more between the window's places.
    pub more: bool,
}

impl<T> Default for Slice<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), more: false }
    }
}

impl<T> Slice<T> {
    /// The slice of `window`, of the rows from where it begins, and in the order in
    /// which it meets them: one more than its size tells that there are more.
    #[must_use]
    pub fn of(window: &Window, mut rows: Vec<Placed<T>>) -> Self {
        let size = usize::try_from(window.size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        if window.backward {
            rows.reverse();
        }
        Self { rows, more }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    fn failing(window: crate::Result<Window>) -> Vec<(String, String)> {
        let Err(Error::Invalid(fields)) = window else { return Vec::new() };
        fields.into_iter().map(|field| (field.field.into_owned(), field.message)).collect()
    }

    #[test]
    fn one_size_of_1_to_100_and_50_without_one() {
        let window = |first, last| Window::new(first, last, Cursor::Absent, Cursor::Absent);
        for (first, last, size, backward) in [
            (None, None, 50, false),
            (Some(1), None, 1, false),
            (Some(100), None, 100, false),
            (None, Some(7), 7, true),
        ] {
            let window = window(first, last).unwrap();
            assert_eq!((window.size(), window.is_backward()), (size, backward));
        }
        for size in [0, -1, 101, i32::MIN, i32::MAX] {
            let wrong = "must be between 1 and 100".to_owned();
            assert_eq!(failing(window(Some(size), None)), [("first".to_owned(), wrong.clone())]);
            assert_eq!(failing(window(None, Some(size))), [("last".to_owned(), wrong)]);
        }
        let fields = failing(window(Some(1), Some(1)));
        assert_eq!(
            fields.iter().map(|(field, _)| field.as_str()).collect::<Vec<_>>(),
            ["first", "last"]
        );
    }

    #[test]
    fn every_failing_argument_is_named() {
        let fields = failing(Window::new(Some(0), None, Cursor::Foreign, Cursor::Foreign));
        let names: Vec<_> = fields.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(names, ["first", "after", "before"]);
    }

    #[test]
    fn a_field_sorts_once_and_the_id_goes_the_last_keys_way() {
        let key = |field, direction| Key { field, column: field, kind: KeyKind::Text, direction };
        let (up, down) = (Direction::Ascending, Direction::Descending);
        let keyset = Keyset::new([key("a", up), key("b", down), key("a", down)]);
        let keys: Vec<_> = keyset.keys().iter().map(|key| (key.field, key.direction)).collect();
        assert_eq!(keys, [("a", up), ("b", down), ("id", down)]);
        assert_eq!(Keyset::new([]).keys()[0].direction, up);
    }
}
