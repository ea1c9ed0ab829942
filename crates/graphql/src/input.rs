//! Inputs that several entities share.

use async_graphql::{InputObject, MaybeUndefined};
use domain::Patch;

/// A range of years, both ends included; an absent end is unbounded. Years BC are negative.
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

/// Converts a field of an update: absent keeps the value, `null` clears it, a value sets it.
pub(crate) fn patch<T>(value: MaybeUndefined<T>) -> Patch<T> {
    match value {
        MaybeUndefined::Undefined => Patch::Keep,
        MaybeUndefined::Null => Patch::Clear,
        MaybeUndefined::Value(value) => Patch::Set(value),
    }
}
