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

/// An absent field stays, `null` clears, a value sets.
pub(crate) fn patch<T>(value: MaybeUndefined<T>) -> Patch<T> {
    match value {
        MaybeUndefined::Undefined => Patch::Keep,
        MaybeUndefined::Null => Patch::Clear,
        MaybeUndefined::Value(value) => Patch::Set(value),
    }
}
