//! Rows as the JSON objects that a client wants, which the database writes.

use domain::{Page, Result};
use sea_orm::{IdenStatic, sea_query::SelectStatement};

use crate::{
    Reader,
    database::is_postgres,
    found::{Found, Sql, write_text},
    size::Size,
};

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
    let written = if is_postgres(sql.backend) {
        format!(r#"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"#)
    } else {
        format!(
            "strftime('%Y-%m-%dT%H:%M:%fZ', CASE WHEN {column} GLOB '*.[0-9][0-9][0-9][0-9]*' \
             THEN substr({column}, 1, 23) || ltrim(substr({column}, 24), '0123456789') \
             ELSE {column} END)"
        )
    };
    sql.text += &written;
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use domain::{AuthorField, BookField};
    use sea_orm::{
        DbBackend,
        sea_query::{Alias, Asterisk, Query},
    };

    use super::*;
    use crate::{author::AuthorShown, book::BookShown};

    #[test]
    fn a_key_that_is_no_name_is_not_for_the_database() {
        let shape = |key: &str| Shape::new(vec![("id".to_owned(), ()), (key.to_owned(), ())]);
        assert!(shape("_aZ09").is_some());
        for key in ["a'b", "a b", "a\"", "é", "a-b", "a?"] {
            assert_eq!(shape(key), None, "{key}");
        }
    }

    fn written(backend: DbBackend, key: &str, page: Page, most: Option<usize>) -> String {
        let authors = Shape::new(vec![(key.to_owned(), AuthorShown::Field(AuthorField::Bio))]);
        let pairs = vec![
            (format!("{key}Title"), BookShown::Field(BookField::Title)),
            (format!("{key}Authors"), BookShown::Authors(authors.unwrap())),
        ];
        let shape = Shape::new(pairs).unwrap();
        let select = Query::select().column(Asterisk).from(Alias::new("book")).take();
        let found = Found { select: &select, page, size: object_size(&shape) };
        let write = |sql: &mut Sql| write_objects("r", &shape, "", sql);
        let statement = found.statement(backend, most, write);
        let marks = statement.sql.matches(['?', '$']).count();
        assert_eq!(marks, statement.values.unwrap().0.len(), "{}", statement.sql);
        statement.sql
    }

    #[test]
    fn neither_names_nor_numbers_of_a_request_make_another_statement() {
        for backend in [DbBackend::Sqlite, DbBackend::Postgres] {
            let mut statements = HashSet::new();
            for number in 1..=50 {
                let page = Page::new(number, number * 7).unwrap();
                let key = format!("key{number}");
                statements.insert(written(backend, &key, page, None));
                statements.insert(written(backend, &key, page, usize::try_from(number).ok()));
            }
            assert_eq!(statements.len(), 2);
        }
    }
}
