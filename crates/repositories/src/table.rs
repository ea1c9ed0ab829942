//! The tables of entities that clients list.

use domain::{Entity, SortKey, SortOrder};
use sea_orm::{ColumnTrait, Condition, EntityTrait, IdenStatic, PrimaryKeyTrait};

use crate::{search::SearchIndex, statement::Sql};

/// The alias of the table that links children to parents.
pub(crate) const LINK: &str = "l";
/// The alias of the children's table.
pub(crate) const CHILD: &str = "a";

/// An entity and its table, whose primary key is the column `id`.
pub trait ListedEntity: Entity<Nested = <Self as ListedEntity>::Related> {
    /// [`Entity::Nested`], which has a table, too. A bound on the associated type itself would
    /// be a cycle.
    type Related: ListedEntity;

    /// The rows, which sea-orm reads and writes by id.
    type Rows: EntityTrait<
            Model: Into<Self>,
            PrimaryKey: PrimaryKeyTrait<ValueType = String>,
            Column = Self::Column,
        >;

    /// The columns.
    type Column: ColumnTrait;

    /// The table's name.
    const TABLE: &'static str;

    /// The primary key.
    const ID: Self::Column;

    /// The user who added the row.
    const OWNER: Self::Column;

    /// Its full-text index.
    const SEARCH: SearchIndex;

    /// The relation to the related rows that lists load whole, together with each row.
    const NESTED_RELATION: Option<Relation>;

    /// The column of a field.
    fn column(field: Self::Field) -> Self::Column;

    /// The name of a field's column.
    fn column_name(field: Self::Field) -> &'static str {
        Self::column(field).as_str()
    }

    /// The conditions of a filter, without its search.
    fn condition(filter: &Self::Filter) -> Condition;
}

/// An entity whose rows are children of parents with ids of the type `P`.
pub trait ChildOf<P>: ListedEntity {
    /// The table that links parents to children.
    const RELATION: Relation;
}

/// The table that links parents to children.
#[derive(Clone, Copy, Debug)]
pub struct Relation {
    /// The children's table.
    pub table: &'static str,
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
        Self { table, via: table, child: "id", parent: column, has_position: false }
    }

    /// The order of the children.
    #[must_use]
    pub fn order(&self) -> SortOrder {
        SortOrder::new(self.has_position.then(|| SortKey::Position.asc()))
    }

    /// Appends `FROM` the children, whose alias is [`CHILD`], `WHERE` the parent's id equals an
    /// expression, which the caller appends.
    pub(crate) fn write_from(&self, sql: &mut Sql) {
        let Self { table, via, child, parent, .. } = self;
        sql.push(&[" FROM \"", via, "\" ", LINK, " JOIN \"", table, "\" ", CHILD]);
        sql.push(&[" ON ", CHILD, ".\"id\" = ", LINK, ".\"", child, "\""]);
        sql.push(&[" WHERE ", LINK, ".\"", parent, "\" = "]);
    }

    /// Appends `ORDER BY` the order of the children.
    pub(crate) fn write_order(&self, sql: &mut Sql) {
        let column = if self.has_position { "position" } else { self.child };
        sql.push(&[" ORDER BY ", LINK, ".\"", column, "\""]);
    }
}
