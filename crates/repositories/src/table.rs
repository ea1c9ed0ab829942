//! The tables of entities that clients list.

use domain::{Entity, SortKey, SortOrder};
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
    /// The alias of their table in `from`.
    pub alias: &'static str,
    /// `FROM … WHERE …`.
    pub from: &'static str,
    /// `ORDER BY …`.
    pub order: &'static str,
    /// The largest number of related rows of one row.
    pub max_rows: usize,
}

/// An entity whose rows are children of parents with ids of the type `P`.
pub trait ChildOf<P>: ListedEntity {
    /// The table that links parents to children.
    const RELATION: Relation;
}

/// The table that links parents to children.
#[derive(Clone, Copy, Debug)]
pub struct Relation {
    /// The name of the table that has both ids. An index of it begins with `parent`, `child`.
    pub via: &'static str,
    /// The column with the child's id.
    pub child: &'static str,
    /// The column with the parent's id.
    pub parent: &'static str,
    /// Whether children are sorted by the column `position`; otherwise by their ids.
    pub has_position: bool,
}

impl Relation {
    /// The rows of `table` that have the parent's id in `column`.
    #[must_use]
    pub const fn by_column(table: &'static str, column: &'static str) -> Self {
        Self { via: table, child: "id", parent: column, has_position: false }
    }

    /// The order of the children.
    #[must_use]
    pub fn order(&self) -> SortOrder {
        SortOrder::new(self.has_position.then(|| SortKey::Position.asc()))
    }
}
