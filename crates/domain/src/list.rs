//! Queries of lists, and pages of them.
//!
//! A page that is found by cursor takes the same time at every position in the list. If other
//! rows are added or deleted between two pages, no row is repeated or left out.

use crate::{
    Result,
    entity::Entity,
    filter::Filter,
    page::Page,
    sort::{SortOrder, SortValue},
    validation::Checks,
};

/// A query of a list: a filter and a sort order.
#[derive(Clone, Debug)]
pub struct ListQuery<E: Entity> {
    filter: E::Filter,
    order: SortOrder,
}

impl<E: Entity> ListQuery<E> {
    /// Queries the rows that match `filter`, sorted by `order`, then by id. Fails with every
    /// field of the filter that breaks a rule.
    pub fn new(
        filter: E::Filter,
        order: impl IntoIterator<Item = impl Into<E::Order>>,
    ) -> Result<Self> {
        let order = order.into_iter().map(|order| order.into().into());
        let order = SortOrder::for_search(order, filter.search());
        Ok(Self { filter: filter.validated()?, order })
    }

    /// The filter that the rows match.
    #[must_use]
    pub fn filter(&self) -> &E::Filter {
        &self.filter
    }

    /// Returns the sort order.
    #[must_use]
    pub fn order(&self) -> &SortOrder {
        &self.order
    }
}

/// The page of a list that is read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Paging {
    /// The whole list. Only for lists with a bound, such as the authors of a book: at most 100.
    All,
    /// A page by offset.
    Offset(Page),
    /// A page by cursor.
    Keyset(PageRequest),
}

/// Columns to load of each row of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Projection {
    /// Whether long texts are loaded: descriptions and biographies, of up to 10,000 characters.
    pub long_texts: bool,
    /// Whether long texts of related rows are loaded; `None` if no related rows are loaded.
    pub nested_long_texts: Option<bool>,
}

/// A row of a list, as loaded.
#[derive(Clone, Debug)]
pub struct Loaded<E: Entity> {
    /// The row; its long texts are `None` unless they were loaded.
    pub row: E,
    /// The loaded columns.
    pub projection: Projection,
    /// The related rows; `None` if they were not loaded with the row.
    pub nested: Option<Vec<E::Nested>>,
    /// The row's position; empty unless the page is found by cursors.
    pub cursor: CursorValues,
}

impl<E: Entity> From<E> for Loaded<E> {
    fn from(row: E) -> Self {
        let projection = Projection { long_texts: true, nested_long_texts: None };
        Self { row, projection, nested: None, cursor: CursorValues::default() }
    }
}

/// The position of a row in a list: its value of each term of the list's [`SortOrder`]. It
/// stays valid after the row is changed or deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CursorValues(pub Vec<SortValue>);

/// A client's cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Cursor {
    /// The client sent no cursor.
    #[default]
    Absent,
    /// A cursor of this list and sort order.
    At(CursorValues),
    /// A cursor of another list or sort order, or a malformed one.
    Invalid,
}

/// A page by cursor: the first or last rows between two cursors.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PageRequest {
    size: u64,
    backward: bool,
    after: Option<CursorValues>,
    before: Option<CursorValues>,
}

impl PageRequest {
    /// The size of a page without `first` and `last`. Lists of children have another one.
    pub const DEFAULT_SIZE: i32 = 50;

    /// Requests the `first` or the `last` rows; without either, the first 50. Fails with every
    /// argument that breaks a rule.
    pub fn new(
        first: Option<i32>,
        last: Option<i32>,
        after: Cursor,
        before: Cursor,
    ) -> Result<Self> {
        let mut checks = Checks::default();
        for (field, size) in [("first", first), ("last", last)] {
            let fits = size.is_none_or(|size| (1..=Page::MAX_LIMIT).contains(&size));
            checks.require(fits, field, "must be between 1 and 100");
        }
        if first.is_some() && last.is_some() {
            checks.fail("first", "cannot be combined with last");
            checks.fail("last", "cannot be combined with first");
        }
        let after = require_valid(&mut checks, "after", after);
        let before = require_valid(&mut checks, "before", before);
        checks.finish()?;
        let size = first.or(last).unwrap_or(Self::DEFAULT_SIZE);
        Ok(Self { size: size.unsigned_abs().into(), backward: last.is_some(), after, before })
    }

    /// Returns the maximum number of rows, 1 to 100.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Whether the page is the end of the range between the cursors.
    #[must_use]
    pub fn is_backward(&self) -> bool {
        self.backward
    }

    /// Returns the cursor before the first row.
    #[must_use]
    pub fn after(&self) -> Option<&CursorValues> {
        self.after.as_ref()
    }

    /// Returns the cursor after the last row.
    #[must_use]
    pub fn before(&self) -> Option<&CursorValues> {
        self.before.as_ref()
    }
}

fn require_valid(checks: &mut Checks, field: &'static str, cursor: Cursor) -> Option<CursorValues> {
    match cursor {
        Cursor::Absent => None,
        Cursor::At(values) => Some(values),
        Cursor::Invalid => {
            checks.fail(field, "must be a cursor of this list, in this order");
            None
        }
    }
}

/// The rows on one side of a cursor, including the cursor's own row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Bound {
    /// The rows up to the cursor.
    UpTo(CursorValues),
    /// The rows from the cursor on.
    From(CursorValues),
}

/// A page of a list, in the list's order.
#[derive(Clone, Debug)]
pub struct ListPage<T> {
    /// The rows of the page, at most as many as its size.
    pub rows: Vec<T>,
    /// Whether more rows between the cursors follow the page in its direction. `false` for
    /// pages that are not found by cursors.
    pub more: bool,
}

impl<T> Default for ListPage<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), more: false }
    }
}

impl<T> ListPage<T> {
    /// The page that `request` describes. `rows` are in the order in which they are read: from
    /// the end if the request is backward. One row more than the size shows that there are
    /// more.
    #[must_use]
    pub fn new(request: &PageRequest, mut rows: Vec<T>) -> Self {
        let size = usize::try_from(request.size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        if request.backward {
            rows.reverse();
        }
        Self { rows, more }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    fn failing(request: Result<PageRequest>) -> Vec<(String, String)> {
        let Err(Error::Invalid(fields)) = request else { return Vec::new() };
        fields.into_iter().map(|field| (field.field.into_owned(), field.message)).collect()
    }

    #[test]
    fn a_page_has_1_to_100_rows_and_50_by_default() {
        let request = |first, last| PageRequest::new(first, last, Cursor::Absent, Cursor::Absent);
        for (first, last, size, backward) in [
            (None, None, 50, false),
            (Some(1), None, 1, false),
            (Some(100), None, 100, false),
            (None, Some(7), 7, true),
        ] {
            let request = request(first, last).unwrap();
            assert_eq!((request.size(), request.is_backward()), (size, backward));
        }
        for size in [0, -1, 101, i32::MIN, i32::MAX] {
            let wrong = "must be between 1 and 100".to_owned();
            assert_eq!(failing(request(Some(size), None)), [("first".to_owned(), wrong.clone())]);
            assert_eq!(failing(request(None, Some(size))), [("last".to_owned(), wrong)]);
        }
        let fields = failing(request(Some(1), Some(1)));
        assert_eq!(
            fields.iter().map(|(field, _)| field.as_str()).collect::<Vec<_>>(),
            ["first", "last"]
        );
    }

    #[test]
    fn every_invalid_argument_is_reported() {
        let fields = failing(PageRequest::new(Some(0), None, Cursor::Invalid, Cursor::Invalid));
        let names: Vec<_> = fields.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(names, ["first", "after", "before"]);
    }
}
