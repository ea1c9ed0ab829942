//! Costs that several entities share.
//!
//! Each entity's file declares the costs of its fields in a constant `COSTS`. The engine does not
//! start if a list has no cost or a cost does not fit the schema.

use domain::PageRequest;
use graphql_engine::ArgumentCost;

use crate::connection::CHILDREN;

/// Default page size of top-level lists.
pub(crate) const ROWS: usize = PageRequest::DEFAULT_SIZE.unsigned_abs() as usize;
/// Default page size of nested lists.
pub(crate) const CHILD_ROWS: usize = CHILDREN.unsigned_abs() as usize;
/// Arguments that limit a connection.
pub(crate) const PAGE_ARGUMENTS: &[&str] = &["first", "last"];
/// Number of items of a resolver-made list without a limiting argument.
pub(crate) const NEW_ROWS: usize = 100;
/// Assumed length of a list that no argument limits, such as the authors of a book, who are
/// mostly one.
pub(crate) const SHORT_LIST: usize = 3;

/// Cost of counting all rows of a list.
pub(crate) const COUNT: usize = 1_000;
/// Cost of the argument `search`.
pub(crate) const SEARCH: ArgumentCost = ArgumentCost::EachValue(2_000);
/// Cost of the argument `offset`.
pub(crate) const OFFSET: ArgumentCost =
    ArgumentCost::SkippedRows { rows_per_point: 100, limit: 1_000 };

/// Cost of the argument `filter`. No index supports conditions on `texts`.
pub(crate) const fn filter(texts: &'static [&'static str]) -> ArgumentCost {
    ArgumentCost::Filter {
        filter: 1_500,
        condition: 100,
        slow_conditions: texts,
        slow_condition: 400,
    }
}
