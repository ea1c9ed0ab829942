//! Filters that are joined by and, or and not.
//!
//! Every condition is true or false, never unknown: of a book without a year
//! "since 1900" is false, and "not since 1900" is therefore true. What `not` keeps is
//! exactly what its filter leaves out.

use crate::{Result, validation::Checks};

/// How deep filters can stand in each other.
pub const MAX_DEPTH: usize = 8;
/// How many filters one can be made of, itself among them.
pub const MAX_FILTERS: usize = 50;

/// Filters that must hold besides a filter's own conditions; absent ones ask for nothing.
#[derive(Clone, Debug)]
pub struct Joined<F> {
    /// All must hold; an empty list always does.
    pub and: Option<Vec<F>>,
    /// At least one must hold; an empty list never does.
    pub or: Option<Vec<F>>,
    /// Must not hold.
    pub not: Option<Box<F>>,
}

// Derived, it would ask for `F: Default`.
impl<F> Default for Joined<F> {
    fn default() -> Self {
        Self { and: None, or: None, not: None }
    }
}

/// A filter that can be joined with others of its kind.
pub(crate) trait Filter: Sized {
    /// Notes what breaks a rule in the filter's own conditions.
    fn check(&self, checks: &mut Checks);

    /// What it is joined with.
    fn joined(&self) -> &Joined<Self>;
}

/// Fails with every field that breaks a rule, e.g. `or.1.title`, and on more than
/// [`MAX_FILTERS`] or deeper than [`MAX_DEPTH`].
pub(crate) fn validated<F: Filter>(filter: F) -> Result<F> {
    let mut checks = Checks::default();
    let mut left = MAX_FILTERS;
    _ = walk(&filter, "", MAX_DEPTH, &mut left, &mut checks);
    checks.finish()?;
    Ok(filter)
}

/// Goes through a filter; `None` when a limit is exceeded, at which the walk ends: an
/// excessive filter costs no more than the largest allowed one.
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
    let at = |place: String| if path.is_empty() { place } else { format!("{path}.{place}") };
    let Joined { and, or, not } = filter.joined();
    let lists = [("and", and), ("or", or)].into_iter();
    let listed = lists.flat_map(|(word, list)| {
        let indexed = list.iter().flatten().enumerate();
        indexed.map(move |(index, filter)| (format!("{word}.{index}"), filter))
    });
    for (place, filter) in listed.chain(not.iter().map(|filter| ("not".to_owned(), &**filter))) {
        walk(filter, &at(place), deeper, left, checks)?;
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
        let joined = Joined { not: Some(Box::new(filter)), ..Joined::default() };
        BookFilter { joined, ..BookFilter::default() }
    }

    fn any(filters: Vec<BookFilter>) -> BookFilter {
        let joined = Joined { or: Some(filters), ..Joined::default() };
        BookFilter { joined, ..BookFilter::default() }
    }

    fn failing(filter: BookFilter) -> Vec<String> {
        let Err(Error::Invalid(failures)) = filter.validated() else { return Vec::new() };
        failures.into_iter().map(|failure| failure.field.into_owned()).collect()
    }

    #[test]
    fn every_wrong_field_is_named_by_its_place() {
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
    fn the_number_of_filters_is_bounded_and_said_once() {
        let wide = |count| any(vec![any(vec![titled("x"); count - 3]), titled("y")]);
        assert_eq!(failing(wide(MAX_FILTERS)), [""; 0]);
        assert_eq!(failing(wide(MAX_FILTERS + 1)), ["filter"]);
        assert_eq!(failing(wide(10 * MAX_FILTERS)), ["filter"]);
    }
}
