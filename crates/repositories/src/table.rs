//! Where entities that clients list are stored.

use domain::Entity;
use sea_orm::Condition;

use crate::search::SearchIndex;

/// An entity and its table, whose primary key is the column `id`.
pub trait ListedEntity: Entity {
    /// The table's name.
    const TABLE: &'static str;

    /// Its full-text index.
    const SEARCH: SearchIndex;

    /// The related rows that lists load together with a row.
    const NESTED_ROWS: Option<NestedRows>;

    /// The column of a field.
    fn column(field: Self::Field) -> &'static str;

    /// The column of a field of the related rows.
    fn nested_column(field: <Self::Nested as Entity>::Field) -> &'static str;

    /// The conditions of a filter, without its search.
    fn condition(filter: &Self::Filter) -> Condition;
}

/// Related rows of the row `r`.
#[derive(Clone, Copy, Debug)]
pub struct NestedRows {
    /// The alias of their table in...
    pub alias: &'static str,
    /// ...`FROM … WHERE …`.
    pub from: &'static str,
    /// `ORDER BY …`.
    pub order: &'static str,
    /// How many there are at most.
    pub max_rows: usize,
}

/// An entity whose rows are children of parents with ids of the type `P`.
pub trait ChildOf<P>: ListedEntity {
    /// How a parent's children are found.
    const RELATION: Relation;
}

/// How the children of a parent are found.
#[derive(Clone, Copy, Debug)]
pub struct Relation {
    /// The table that knows both ends; its index leads with `parent`, then `child`.
    pub via: &'static str,
    /// Its column with the child's id.
    pub child: &'static str,
    /// Its column with the parent's id.
    pub parent: &'static str,
    /// Whether the children have the order of the column `position`; else that of their ids.
    pub has_position: bool,
}

impl Relation {
    /// The rows of `table` that have the parent's id in `column`. With the column `id`, each
    /// row is the only child of its own id: so rows are found to which others refer.
    #[must_use]
    pub const fn by_column(table: &'static str, column: &'static str) -> Self {
        Self { via: table, child: "id", parent: column, has_position: false }
    }
}
