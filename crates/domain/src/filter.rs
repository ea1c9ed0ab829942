//! Filters that are combined by and, or and not, and ranges in filters.
//!
//! Every condition is true or false, never unknown. For a book without a year "since 1900" is
//! false, so "not since 1900" is true. `not` accepts exactly the rows that its filter rejects.

use std::fmt::Debug;

use crate::{Result, search::Search, validation::Checks};

/// Maximum nesting depth of filters.
pub const MAX_DEPTH: usize = 8;
/// Maximum number of filters within one filter, itself included.
pub const MAX_FILTERS: usize = 50;

/// Combined filters. They must hold in addition to a filter's own conditions; an absent one
/// always holds.
#[derive(Clone, Debug)]
pub struct Combinators<F> {
    /// All of these must hold; an empty list always holds.
    pub and: Option<Vec<F>>,
    /// At least one of these must hold; an empty list never holds.
    pub or: Option<Vec<F>>,
    /// This filter must not hold.
    pub not: Option<Box<F>>,
}

// A derived implementation would require `F: Default`.
impl<F> Default for Combinators<F> {
    fn default() -> Self {
        Self { and: None, or: None, not: None }
    }
}

/// A range of values, both ends included. An absent end is unbounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ValueRange<T> {
    /// The smallest value.
    pub min: Option<T>,
    /// The largest value.
    pub max: Option<T>,
}

/// A range of years.
pub type YearRange = ValueRange<i32>;

/// A filter of an entity's rows.
pub trait Filter: Clone + Debug + Default + Send + Sync + 'static {
    /// Records every condition of this filter that breaks a rule, without combined filters.
    fn check(&self, checks: &mut Checks);

    /// Returns the combined filters.
    fn combinators(&self) -> &Combinators<Self>;

    /// Returns the words to search for.
    fn search(&self) -> Option<&Search>;

    /// Checks the filter. Fails with every field that breaks a rule, e.g. `or.1.title`, and with
    /// more than [`MAX_FILTERS`] filters or more than [`MAX_DEPTH`] levels.
    fn validated(self) -> Result<Self> {
        let mut checks = Checks::default();
        let mut left = MAX_FILTERS;
        _ = walk(&self, "", MAX_DEPTH, &mut left, &mut checks);
        checks.finish()?;
        Ok(self)
    }
}

/// Checks a filter and those in it. Returns `None` at a limit, so that an excessive filter takes
/// no longer than the largest allowed one.
fn walk<F: Filter>(
    filter: &F,
    path: &str,
    depth: usize,
    left: &mut usize,
    checks: &mut Checks,
) -> Option<()> {
    let (Some(deeper), Some(others)) = (depth.checked_sub(1), left.checked_sub(1)) else {
        checks.fail("filter", "must be at most 50 filters, 8 levels deep");
        return None;
    };
    *left = others;
    let mut own = Checks::default();
    filter.check(&mut own);
    checks.absorb(path, own);
    let at = |index: String| if path.is_empty() { index } else { format!("{path}.{index}") };
    let Combinators { and, or, not } = filter.combinators();
    let lists = [("and", and), ("or", or)].into_iter();
    let listed = lists.flat_map(|(word, list)| {
        let indexed = list.iter().flatten().enumerate();
        indexed.map(move |(index, filter)| (format!("{word}.{index}"), filter))
    });
    for (index, filter) in listed.chain(not.iter().map(|filter| ("not".to_owned(), &**filter))) {
        walk(filter, &at(index), deeper, left, checks)?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BookFilter, Error};

    fn titled(title: &str) -> BookFilter {
        BookFilter { title: Some(title.to_owned()), ..BookFilter::default() }
    }

    fn not(filter: BookFilter) -> BookFilter {
        let combinators = Combinators { not: Some(Box::new(filter)), ..Combinators::default() };
        BookFilter { combinators, ..BookFilter::default() }
    }

    fn any(filters: Vec<BookFilter>) -> BookFilter {
        let combinators = Combinators { or: Some(filters), ..Combinators::default() };
        BookFilter { combinators, ..BookFilter::default() }
    }

    fn failing(filter: BookFilter) -> Vec<String> {
        let Err(Error::Invalid(failures)) = filter.validated() else { return Vec::new() };
        failures.into_iter().map(|failure| failure.field.into_owned()).collect()
    }

    #[test]
    fn every_invalid_field_is_reported_with_its_path() {
        let long = titled(&"x".repeat(301));
        assert_eq!(failing(long.clone()), ["title"]);
        let filter = not(any(vec![titled("right"), long.clone(), not(long)]));
        assert_eq!(failing(filter), ["not.or.1.title", "not.or.2.not.title"]);
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth| (1..depth).fold(titled("x"), |filter, _| not(filter));
        assert_eq!(failing(nested(MAX_DEPTH)), [""; 0]);
        assert_eq!(failing(nested(MAX_DEPTH + 1)), ["filter"]);
    }

    #[test]
    fn the_number_of_filters_is_bounded_and_reported_once() {
        let wide = |count| any(vec![any(vec![titled("x"); count - 3]), titled("y")]);
        assert_eq!(failing(wide(MAX_FILTERS)), [""; 0]);
        assert_eq!(failing(wide(MAX_FILTERS + 1)), ["filter"]);
        assert_eq!(failing(wide(10 * MAX_FILTERS)), ["filter"]);
    }
}
