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
pub type Shape<S> = Vec<(String, S)>;

/// What can stand under a key.
pub(crate) trait Shown {
    type Column: IdenStatic;

    /// What it is in SQL, `row` being the row's alias.
    fn sql(&self, backend: DbBackend, row: &str) -> Sql;

    /// The column that it reads of the row.
    fn column(&self) -> Self::Column;
}

/// An expression of SQL.
pub(crate) enum Sql {
    Value(String),
    /// Whose value is JSON already.
    Json(String),
}

/// The rows of `page` that `select` finds, in its order, as a JSON array of objects.
/// `select` names no columns.
pub(crate) async fn json<C: ConnectionTrait, S: Shown>(
    db: &C,
    mut select: SelectStatement,
    page: Page,
    shape: &Shape<S>,
) -> Result<String> {
    let backend = db.get_database_backend();
    let rows = objects(backend, &object(backend, "r", shape), "");
    select.columns(shape.iter().map(|(_, shown)| shown.column()));
    text(db, &rows, &mut select, page).await
}

/// The row of the table `alias` as a JSON object.
pub(crate) fn object<S: Shown>(backend: DbBackend, alias: &str, shape: &Shape<S>) -> String {
    let mut pairs = Vec::with_capacity(shape.len());
    for (key, shown) in shape {
        let sql = shown.sql(backend, alias);
        pairs.push(match (is_postgres(backend), sql) {
            (false, Sql::Value(value) | Sql::Json(value)) => format!("{}, {value}", quoted(key)),
            (true, Sql::Value(value)) => {
                let key = quoted(&format!("\"{key}\":"));
                format!("{key}, coalesce(to_json({value})::text, 'null')")
            }
            (true, Sql::Json(json)) => format!("{}, {json}", quoted(&format!("\"{key}\":"))),
        });
    }
    // PostgreSQL's own objects have spaces in them.
    if is_postgres(backend) {
        format!("concat('{{', {}, '}}')", pairs.join(", ',', "))
    } else {
        format!("json_object({})", pairs.join(", "))
    }
}

/// A JSON array of `object` for each row, as [`all`] makes one of other values.
pub(crate) fn objects(backend: DbBackend, object: &str, order: &str) -> String {
    if is_postgres(backend) {
        format!("concat('[', string_agg({object}, ',' {order}), ']')")
    } else {
        all(backend, object, order)
    }
}

/// The column of an instant, as clients see instants.
pub(crate) fn instant(backend: DbBackend, column: &str) -> String {
    if is_postgres(backend) {
        format!(r#"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"#)
    } else {
        format!("strftime('%Y-%m-%dT%H:%M:%fZ', {column})")
    }
}

/// Text in SQL.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
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
