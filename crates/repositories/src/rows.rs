//! Rows of a list as one JSON text, which the database writes: as arrays, of which we make
//! objects of the domain ([`rows`]), or as the objects that a client wants
//! ([`json`](crate::shape::json)).
//!
//! A row on its own has a way to go: from SQLite through a channel between two threads,
//! each value copied, and for each field a column to be found by its name. One
//! text with all rows has it once.

use std::fmt;

use domain::{Page, Result};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, IdenStatic, sea_query::SelectStatement};
use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};

use crate::{Reader, database::is_postgres, found::Found, size::Size};

/// What is read of a table's rows, as far as it is wished.
pub(crate) trait Listed: Sized {
    type Entity: EntityTrait;
    type Wish;

    /// What each row has.
    fn row(backend: DbBackend, wish: &Self::Wish) -> Row<<Self::Entity as EntityTrait>::Column>;

    /// How long a row is.
    fn size(wish: &Self::Wish) -> Size;

    /// Reads a row, value by value in the order of [`Listed::row`].
    fn read<'de, A: SeqAccess<'de>>(wish: &Self::Wish, values: &mut A) -> Result<Self, A::Error>;
}

/// Columns, and after them expressions of SQL that are JSON. These know the row that
/// they belong to as `r`, and of its columns only those that the row has.
#[derive(Clone, Debug)]
pub(crate) struct Row<C> {
    pub(crate) columns: Vec<C>,
    pub(crate) nested: Vec<String>,
}

impl<C: IdenStatic> Row<C> {
    /// The row of the table `alias` as a JSON array.
    pub(crate) fn array(&self, backend: DbBackend, alias: &str) -> String {
        let function = if is_postgres(backend) { "json_build_array" } else { "json_array" };
        let mut sql = format!("{function}(");
        for (place, column) in self.columns.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            sql = sql + comma + alias + ".\"" + column.as_str() + "\"";
        }
        for expression in &self.nested {
            sql = sql + ", (" + expression + ")";
        }
        sql + ")"
    }
}

/// A JSON array of `value` for each row, empty without rows. `order` is SQL's `ORDER
/// BY …`, or nothing to keep the order in which the rows come.
pub(crate) fn all(backend: DbBackend, value: &str, order: &str) -> String {
    if is_postgres(backend) {
        format!("coalesce(json_agg({value} {order}), '[]')")
    } else {
        format!("json_group_array({value} {order})")
    }
}

/// The rows of `page` that `select` finds, in its order, each with what is wished.
/// `select` names no columns.
pub(crate) async fn rows<T: Listed>(
    db: &Reader,
    mut select: SelectStatement,
    page: Page,
    wish: &T::Wish,
) -> Result<Vec<T>> {
    let backend = db.get_database_backend();
    let row = T::row(backend, wish);
    let rows = all(backend, &row.array(backend, "r"), "");
    let found = Found { select: select.columns(row.columns), page, size: T::size(wish) };
    let text = found.text(db, |sql| sql.text += &rows).await?;
    Many(wish)
        .deserialize(&mut serde_json::Deserializer::from_str(&text))
        .map_err(domain::Error::internal)
}

/// The next value of a row.
pub(crate) fn next<'de, T: serde::Deserialize<'de>, A: SeqAccess<'de>>(
    values: &mut A,
) -> Result<T, A::Error> {
    values.next_element()?.ok_or_else(|| A::Error::custom("a row is too short"))
}

/// Reads an array of rows.
pub(crate) struct Many<'w, T: Listed>(pub(crate) &'w T::Wish);

/// Reads a row.
struct One<'w, T: Listed>(&'w T::Wish);

impl<'de, T: Listed> DeserializeSeed<'de> for Many<'_, T> {
    type Value = Vec<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<T>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Listed> Visitor<'de> for Many<'_, T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Vec<T>, A::Error> {
        let mut rows = Vec::new();
        while let Some(row) = values.next_element_seed(One(self.0))? {
            rows.push(row);
        }
        Ok(rows)
    }
}

impl<'de, T: Listed> DeserializeSeed<'de> for One<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Listed> Visitor<'de> for One<'_, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<T, A::Error> {
        T::read(self.0, &mut values)
    }
}
