//! What a field costs, declared beside the field's resolver.
//!
//! Every field is one point, plus the points of its selection once for each object that it
//! returns. A [`FieldCost`] says how many objects that may be, and which points the field
//! and its arguments add for work that the answer's size does not show: a count, a search,
//! a filter and skipped rows may read a whole table for a short answer.

/// The cost of one field of an object type.
#[derive(Clone, Copy, Debug)]
pub struct FieldCost {
    pub(crate) object: &'static str,
    pub(crate) field: &'static str,
    pub(crate) multiplicity: Multiplicity,
    pub(crate) points: usize,
    pub(crate) arguments: &'static [(&'static str, ArgumentCost)],
}

/// How many objects a field returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Multiplicity {
    One,
    Items(usize),
    /// As many as the largest of these arguments says, or `default` without them.
    Arguments {
        names: &'static [&'static str],
        default: usize,
    },
}

/// Points that an argument adds.
#[derive(Clone, Copy, Debug)]
pub enum ArgumentCost {
    /// Points for each scalar in the argument that is not null.
    EachValue(usize),
    /// Points of a filter, which is an input object of conditions.
    Filter {
        /// Points of a filter that is not null.
        filter: usize,
        /// Points of each condition: of each scalar in the filter that is not null.
        condition: usize,
        /// Names of conditions that no index helps with...
        slow_conditions: &'static [&'static str],
        /// ...and the points of each of these.
        slow_condition: usize,
    },
    /// One point for each `rows_per_point` rows that the argument skips.
    SkippedRows {
        /// How many rows are one point.
        rows_per_point: usize,
        /// The most points that the argument adds.
        limit: usize,
    },
}

impl FieldCost {
    /// The field `field` of the type `object`, which returns one object.
    #[must_use]
    pub const fn of(object: &'static str, field: &'static str) -> Self {
        Self { object, field, multiplicity: Multiplicity::One, points: 0, arguments: &[] }
    }

    /// A list of about `count` items, whatever its arguments.
    #[must_use]
    pub const fn items(self, count: usize) -> Self {
        Self { multiplicity: Multiplicity::Items(count), ..self }
    }

    /// A list that is as long as the largest of the arguments `names` says, a number or a
    /// list, and `default` long without them.
    #[must_use]
    pub const fn items_by(self, names: &'static [&'static str], default: usize) -> Self {
        Self { multiplicity: Multiplicity::Arguments { names, default }, ..self }
    }

    /// Points that the field itself adds.
    #[must_use]
    pub const fn points(self, points: usize) -> Self {
        Self { points, ..self }
    }

    /// Points that arguments add, by their names.
    #[must_use]
    pub const fn arguments(self, arguments: &'static [(&'static str, ArgumentCost)]) -> Self {
        Self { arguments, ..self }
    }
}
