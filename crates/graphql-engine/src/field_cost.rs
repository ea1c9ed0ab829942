//! The cost of a field, declared beside the field's resolver.
//!
//! Every field costs one point, plus the points of its selection once for each object that it
//! returns. A [`FieldCost`] declares the number of objects, and the points that the field and its
//! arguments add for work that the size of the response does not show: a count, a search, a
//! filter and skipped rows may read a whole table for a short response.

/// The cost of one field of an object type.
#[derive(Clone, Copy, Debug)]
pub struct FieldCost {
    pub(crate) object: &'static str,
    pub(crate) field: &'static str,
    pub(crate) multiplicity: Multiplicity,
    pub(crate) points: usize,
    pub(crate) arguments: &'static [(&'static str, ArgumentCost)],
}

/// Number of objects that a field returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Multiplicity {
    One,
    Items(usize),
    /// The largest of these arguments, or `default` without them.
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
        /// Number of rows that cost one point.
        rows_per_point: usize,
        /// Maximum points that the argument adds.
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

    /// Declares a list whose length is the largest of the arguments `names`, or `default` without
    /// them. An argument is a number, or a list that is counted.
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
