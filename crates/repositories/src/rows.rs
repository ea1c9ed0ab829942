//! Rows of a list as one JSON text, which the database writes: as arrays, of which we make
//! objects of the domain ([`rows`]), or as the objects that a client wants ([`json`]).
//!
//! A row on its own has a way to go: from SQLite through a channel between two threads,
//! each value copied, and for each field a column to be found by its name. One
//! text with all rows has it once.

use std::fmt;

use domain::{Page, Result};
use sea_orm::{
    ConnectionTrait, DbBackend, EntityTrait, IdenStatic, Statement, Value,
    sea_query::SelectStatement,
};
use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};

use crate::{Reader, database::is_postgres, internal, size::Size};

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

/// What is shown of a row, as a JSON object: what stands under each key, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape<S>(Vec<(String, S)>);

impl<S> Shape<S> {
    /// None unless every key is a name as GraphQL has them, of letters, digits and
    /// underscores: nothing of it is escaped in JSON.
    #[must_use]
    pub fn new(pairs: Vec<(String, S)>) -> Option<Self> {
        let is_name =
            |key: &str| key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        pairs.iter().all(|(key, _)| is_name(key)).then_some(Self(pairs))
    }
}

/// A statement in the making.
pub(crate) struct Sql {
    pub(crate) backend: DbBackend,
    pub(crate) text: String,
    values: Vec<Value>,
}

impl Sql {
    /// Adds a parameter. Whatever differs from request to request is one: so the statement
    /// that a connection remembers is the same.
    pub(crate) fn bind(&mut self, value: impl Into<Value>) {
        self.values.push(value.into());
        if is_postgres(self.backend) {
            self.text += "$";
            self.text += &self.values.len().to_string();
        } else {
            self.text += "?";
        }
    }
}

/// What can stand under a key.
pub(crate) trait Shown {
    type Column: IdenStatic;

    /// Adds what it is in SQL: JSON if it [`Shown::is_json`], or else a value of the
    /// table `row`.
    fn write(&self, row: &str, sql: &mut Sql);

    fn is_json(&self) -> bool;

    /// The column that it reads.
    fn column(&self) -> Self::Column;

    /// Adds how long it is.
    fn measure(&self, size: &mut Size);
}

/// How long an object of `shape` is.
pub(crate) fn object_size<S: Shown>(Shape(pairs): &Shape<S>) -> Size {
    let mut size = Size::default();
    size.add(2);
    for (key, shown) in pairs {
        size.add(key.len() + 4);
        shown.measure(&mut size);
    }
    size
}

/// The rows of `page` that `select` finds, in its order, as a JSON array of objects.
/// `select` names no columns.
pub(crate) async fn json<S: Shown>(
    db: &Reader,
    mut select: SelectStatement,
    page: Page,
    shape: &Shape<S>,
) -> Result<String> {
    let mut columns: Vec<S::Column> = shape.0.iter().map(|(_, shown)| shown.column()).collect();
    // Each once, or its name would mean two.
    columns.sort_unstable_by_key(IdenStatic::as_str);
    columns.dedup_by_key(|column| column.as_str());
    let found = Found { select: select.columns(columns), page, size: object_size(shape) };
    found.text(db, |sql| write_objects("r", shape, "", sql)).await
}

/// Adds a JSON array to `sql`, of an object for each row of the table `row`, in the order
/// that [`all`] takes, too.
pub(crate) fn write_objects<S: Shown>(row: &str, shape: &Shape<S>, order: &str, sql: &mut Sql) {
    let postgres = is_postgres(sql.backend);
    // PostgreSQL's own objects have spaces in them.
    let [begin, end] = if postgres {
        ["concat('[', string_agg(concat('{'", "), ']')"]
    } else {
        ["json_group_array(json_object(", ")"]
    };
    sql.text += begin;
    for (place, (key, shown)) in shape.0.iter().enumerate() {
        if postgres {
            let comma = if place == 0 { "" } else { "," };
            sql.text += ", ";
            sql.bind([comma, "\"", key, "\":"].concat());
            sql.text += if shown.is_json() { "::text, " } else { "::text, coalesce(to_json(" };
            shown.write(row, sql);
            sql.text += if shown.is_json() { "" } else { ")::text, 'null')" };
        } else {
            sql.text += if place == 0 { "" } else { ", " };
            sql.bind(key.as_str());
            sql.text += ", ";
            shown.write(row, sql);
        }
    }
    let object = if postgres { ", '}'), ',' " } else { ") " };
    write_text(&[object, order, end], &mut sql.text);
}

/// Adds the column of an instant, as clients see instants: what is finer than a
/// millisecond is cut off. SQLite would round it.
pub(crate) fn write_instant(column: &[&str], sql: &mut Sql) {
    let column = column.concat();
    sql.text += &if is_postgres(sql.backend) {
        format!(r#"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"#)
    } else {
        format!(
            "strftime('%Y-%m-%dT%H:%M:%fZ', CASE WHEN {column} GLOB '*.[0-9][0-9][0-9][0-9]*' \
             THEN substr({column}, 1, 23) || ltrim(substr({column}, 24), '0123456789') \
             ELSE {column} END)"
        )
    };
}

/// Adds these texts. Made anew for every request, which formatting would take longer.
pub(crate) fn write_text(parts: &[&str], sql: &mut String) {
    sql.extend(parts.iter().copied());
}

/// The rows of a page that are to become one text.
struct Found<'s> {
    select: &'s SelectStatement,
    page: Page,
    size: Size,
}

impl Found<'_> {
    /// What `write` makes of the rows `r`, in the order in which `select` finds them.
    async fn text(&self, db: &Reader, write: impl Fn(&mut Sql)) -> Result<String> {
        let rows = usize::try_from(self.page.limit()).unwrap_or(usize::MAX);
        let longest = self.size.longest().saturating_mul(rows);
        let statement = |most| self.statement(db.get_database_backend(), most, &write);
        db.text(longest, statement).await.map_err(internal)
    }

    /// A statement for the text; for none, if it would have more than `most` bytes.
    fn statement(
        &self,
        backend: DbBackend,
        most: Option<usize>,
        write: impl Fn(&mut Sql),
    ) -> Statement {
        let inner = backend.build(self.select);
        let values = inner.values.map_or_else(Vec::new, |values| values.0);
        let mut sql = Sql { backend, text: String::with_capacity(1024), values };
        sql.text += if most.is_some() { "WITH r AS MATERIALIZED (" } else { "WITH r AS (" };
        sql.text += &inner.sql;
        // SQLite plans a statement anew for each value of a bare `LIMIT ?`, which takes half
        // as long as to execute it.
        let [limit, offset] =
            if is_postgres(backend) { [" LIMIT ", " OFFSET "] } else { [" LIMIT +", " OFFSET +"] };
        sql.text += limit;
        sql.bind(self.page.limit());
        sql.text += offset;
        sql.bind(self.page.offset());
        sql.text += ") SELECT ";
        if let Some(most) = most {
            sql.text += "CASE WHEN ";
            self.size.write_fits(&mut sql, i64::try_from(most).unwrap_or(i64::MAX));
            sql.text += " THEN (SELECT ";
        }
        write(&mut sql);
        sql.text += if is_postgres(backend) { "::text FROM r" } else { " FROM r" };
        sql.text += if most.is_some() { ") END" } else { "" };
        Statement::from_sql_and_values(backend, sql.text, sql.values)
    }
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
    fn a_key_that_is_no_name_is_not_for_the_database() {
        let shape = |key: &str| Shape::new(vec![("id".to_owned(), ()), (key.to_owned(), ())]);
        assert!(shape("_aZ09").is_some());
        for key in ["a'b", "a b", "a\"", "é", "a-b", "a?"] {
            assert_eq!(shape(key), None, "{key}");
        }
    }
}
