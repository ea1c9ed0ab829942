//! Rows of a list as one JSON text, which the database writes: as arrays, of which we make
//! objects of the domain ([`rows`]), or as the objects that a client wants ([`json`]).
//!
//! A row on its own has a way to go: from SQLite through a channel between two threads,
//! each value copied, and for each field a column to be found by its name. One
//! text with all rows has it once.

use std::fmt;

use domain::{Page, Result};
use sea_orm::{
    ConnectionTrait, DbBackend, EntityTrait, IdenStatic, Statement, sea_query::SelectStatement,
};
use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};

use crate::{database::is_postgres, internal};

/// What is read of a table's rows, as far as it is wished.
pub(crate) trait Listed: Sized {
    type Entity: EntityTrait;
    type Wish;

    /// What each row has.
    fn row(backend: DbBackend, wish: &Self::Wish) -> Row<<Self::Entity as EntityTrait>::Column>;

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
pub(crate) async fn rows<C: ConnectionTrait, T: Listed>(
    db: &C,
    mut select: SelectStatement,
    page: Page,
    wish: &T::Wish,
) -> Result<Vec<T>> {
    let backend = db.get_database_backend();
    let row = T::row(backend, wish);
    let rows = all(backend, &row.array(backend, "r"), "");
    let text = text(db, &rows, select.columns(row.columns), page).await?;
    Many(wish)
        .deserialize(&mut serde_json::Deserializer::from_str(&text))
        .map_err(domain::Error::internal)
}

/// What is shown of a row, as a JSON object: what stands under each key, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape<S>(Vec<(String, S)>);

/// Bytes of a key. Connections remember hundreds of statements, which clients make long.
const LONGEST_KEY: usize = 64;

impl<S> Shape<S> {
    /// None unless every key is a name as GraphQL has them, of up to 64 letters, digits and
    /// underscores: so that it may stand in a statement.
    #[must_use]
    pub fn new(pairs: Vec<(String, S)>) -> Option<Self> {
        let is_name = |key: &str| {
            key.len() <= LONGEST_KEY
                && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        pairs.iter().all(|(key, _)| is_name(key)).then_some(Self(pairs))
    }
}

/// What can stand under a key.
pub(crate) trait Shown {
    type Column: IdenStatic;

    /// Adds what it is in SQL: JSON if it [`Shown::is_json`], or else a value of the
    /// table `row`.
    fn write(&self, backend: DbBackend, row: &str, sql: &mut String);

    fn is_json(&self) -> bool;

    /// The column that it reads.
    fn column(&self) -> Self::Column;
}

/// The rows of `page` that `select` finds, in its order, as a JSON array of objects.
/// `select` names no columns.
pub(crate) async fn json<C: ConnectionTrait, S: Shown>(
    db: &C,
    mut select: SelectStatement,
    page: Page,
    shape: &Shape<S>,
) -> Result<String> {
    let mut rows = String::with_capacity(512);
    write_objects(db.get_database_backend(), "r", shape, "", &mut rows);
    let mut columns: Vec<S::Column> = shape.0.iter().map(|(_, shown)| shown.column()).collect();
    // Each once, or its name would mean two.
    columns.sort_unstable_by_key(IdenStatic::as_str);
    columns.dedup_by_key(|column| column.as_str());
    select.columns(columns);
    text(db, &rows, &select, page).await
}

/// Adds a JSON array to `sql`, of an object for each row of the table `row`, in the order
/// that [`all`] takes, too.
pub(crate) fn write_objects<S: Shown>(
    backend: DbBackend,
    row: &str,
    shape: &Shape<S>,
    order: &str,
    sql: &mut String,
) {
    // PostgreSQL's own objects have spaces in them.
    let [begin, end] = if is_postgres(backend) {
        ["concat('[', string_agg(concat('{'", "), ']')"]
    } else {
        ["json_group_array(json_object(", ")"]
    };
    *sql += begin;
    for (place, (key, shown)) in shape.0.iter().enumerate() {
        if is_postgres(backend) {
            write_text(&[", '", if place == 0 { "" } else { "," }, "\"", key, "\":', "], sql);
            *sql += if shown.is_json() { "" } else { "coalesce(to_json(" };
            shown.write(backend, row, sql);
            *sql += if shown.is_json() { "" } else { ")::text, 'null')" };
        } else {
            write_text(&[if place == 0 { "'" } else { ", '" }, key, "', "], sql);
            shown.write(backend, row, sql);
        }
    }
    let object = if is_postgres(backend) { ", '}'), ',' " } else { ") " };
    write_text(&[object, order, end], sql);
}

/// Adds the column of an instant, as clients see instants.
pub(crate) fn write_instant(backend: DbBackend, column: &[&str], sql: &mut String) {
    let [begin, end] = if is_postgres(backend) {
        ["to_char(", r#" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"#]
    } else {
        ["strftime('%Y-%m-%dT%H:%M:%fZ', ", ")"]
    };
    *sql += begin;
    write_text(column, sql);
    *sql += end;
}

/// Adds these texts. Made anew for every request, which formatting would take longer.
pub(crate) fn write_text(parts: &[&str], sql: &mut String) {
    sql.extend(parts.iter().copied());
}

/// `rows`, made of the rows `r` of `page` that `select` finds, in its order.
async fn text<C: ConnectionTrait>(
    db: &C,
    rows: &str,
    select: &SelectStatement,
    page: Page,
) -> Result<String> {
    let backend = db.get_database_backend();
    let inner = backend.build(select);
    let mut values = inner.values.map_or_else(Vec::new, |values| values.0);
    let sql = if is_postgres(backend) {
        let (limit, offset) = (values.len() + 1, values.len() + 2);
        format!("SELECT {rows}::text FROM ({} LIMIT ${limit} OFFSET ${offset}) r", inner.sql)
    } else {
        // SQLite plans a statement anew for each value of a bare `LIMIT ?`, which takes half
        // as long as to execute it.
        format!("SELECT {rows} FROM ({} LIMIT +? OFFSET +?) r", inner.sql)
    };
    values.extend([page.limit().into(), page.offset().into()]);
    let statement = Statement::from_sql_and_values(backend, sql, values);
    let found = db.query_one_raw(statement).await.map_err(internal)?;
    let found = found.ok_or_else(|| domain::Error::internal("an aggregate has no row"))?;
    found.try_get_by_index(0).map_err(internal)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_no_name_never_stands_in_a_statement() {
        let shape = |key: &str| Shape::new(vec![("id".to_owned(), ()), (key.to_owned(), ())]);
        assert!(shape("_aZ09").is_some());
        for key in ["a'b", "a b", "a\"", "é", "a-b", "a?", &"k".repeat(65)] {
            assert_eq!(shape(key), None, "{key}");
        }
    }
}
