//! Inputs that several entities share.

use async_graphql::{InputObject, MaybeUndefined};
use domain::Patch;

/// A range of years; both ends belong to it, an absent end is open. Years before
/// Christ are negative.
#[derive(Clone, Copy, InputObject)]
pub(crate) struct YearRange {
    /// The first year.
    min: Option<i32>,
    /// The last year.
    max: Option<i32>,
}

impl From<YearRange> for domain::YearRange {
    fn from(YearRange { min, max }: YearRange) -> Self {
        Self { min, max }
    }
}

/// What a mutation of many rows costs: as a list of as many.
pub(crate) fn many_complexity(rows: usize, child: usize) -> usize {
    list_complexity(i32::try_from(rows).unwrap_or(i32::MAX), child)
}

/// An absent field stays, `null` clears, a value sets.
pub(crate) fn patch<T>(value: MaybeUndefined<T>) -> Patch<T> {
    match value {
        MaybeUndefined::Undefined => Patch::Keep,
        MaybeUndefined::Null => Patch::Clear,
        MaybeUndefined::Value(value) => Patch::Set(value),
    }
}

/// What a list costs: itself, and its children for each of at most `limit` rows.
/// Capped so that sums and products of it cannot overflow.
pub(crate) fn list_complexity(limit: i32, child: usize) -> usize {
    const CAP: usize = 1_000_000_000;
    let rows = usize::try_from(limit).unwrap_or_default();
    rows.saturating_mul(child).saturating_add(1).min(CAP)
}
