//! Costs that fields of several entities share.
//!
//! The file of an entity declares what its fields cost, in constants named `COSTS`. The
//! engine does not start when a list has no cost or a cost does not fit the schema.

use domain::PageRequest;
use graphql_engine::ArgumentCost;

use crate::connection::CHILDREN;

/// The default length of a page of all rows.
pub(crate) const ROWS: usize = PageRequest::DEFAULT_SIZE.unsigned_abs() as usize;
/// The default length of a page of a row's children.
pub(crate) const CHILD_ROWS: usize = CHILDREN.unsigned_abs() as usize;
/// The arguments that limit a connection.
pub(crate) const PAGE_ARGUMENTS: &[&str] = &["first", "last"];
/// The items of a list that its resolver makes, if no argument says how many.
pub(crate) const NEW_ROWS: usize = 100;
/// The length of a list that no argument limits, such as the authors of a book: most have
/// one.
pub(crate) const SHORT_LIST: usize = 3;

/// Points of counting all rows of a list.
pub(crate) const COUNT: usize = 1_000;
/// Cost of the argument `search`.
pub(crate) const SEARCH: ArgumentCost = ArgumentCost::EachValue(2_000);
/// Cost of the argument `offset`.
pub(crate) const OFFSET: ArgumentCost =
    ArgumentCost::SkippedRows { rows_per_point: 100, limit: 1_000 };

/// Cost of the argument `filter`, in which no index helps to find `texts`.
pub(crate) const fn filter(texts: &'static [&'static str]) -> ArgumentCost {
    ArgumentCost::Filter {
        filter: 1_500,
        condition: 100,
        slow_conditions: texts,
        slow_condition: 400,
    }
}
