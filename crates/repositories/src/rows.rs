//! Whole rows as JSON: the SQL that writes them, and their conversion to domain objects.

use std::collections::HashMap;

use domain::{Entity, EntityField, Id, ListPage, Loaded, Paging, Projection, SortValue};
use sea_orm::Condition;
use serde::Deserialize;

use crate::{
    json::{
        add_value, write_array, write_each, write_nested, write_null, write_scalar, write_stored,
    },
    size::{JsonSize, SCALAR},
    sort::{SortSql, cursor_alias},
    statement::Sql,
    table::{CHILD, ListedEntity},
};

/// A row as a JSON array: the parent's id, the row, the related rows, and the values of the
/// cursor. The row is an array, too: of all fields of the Rust struct, in their order.
#[derive(Deserialize)]
#[serde(bound(deserialize = "E: Entity"))]
struct JsonRow<E: Entity>(Option<String>, E, Option<Vec<E::Nested>>, Vec<SortValue>);

/// The format of rows, which are written as [`JsonRow`].
#[derive(Clone, Copy)]
pub(crate) struct RowFormat {
    pub(crate) projection: Projection,
    pub(crate) has_parent: bool,
    /// The number of values of a cursor; 0 if cursors are left out.
    pub(crate) cursor_len: usize,
}

impl RowFormat {
    /// The columns of the rows.
    pub(crate) fn columns<E: ListedEntity>(self) -> Vec<&'static str> {
        let fields = E::Field::ALL.iter().copied();
        let loaded = fields.filter(|field| is_loaded(*field, self.projection.long_texts));
        loaded.map(E::column_name).collect()
    }

    /// The length of a row.
    pub(crate) fn size<E: ListedEntity>(self) -> JsonSize {
        let mut size = fields_size::<E>(self.projection.long_texts);
        size.add(SCALAR * (1 + self.cursor_len));
        if let (Some(long_texts), Some(relation)) =
            (self.projection.nested_long_texts, E::NESTED_RELATION)
        {
            size.add_nested(relation, fields_size::<E::Nested>(long_texts));
        }
        size
    }

    /// Appends a JSON array of the rows `r`. Related rows fulfill `readable`.
    pub(crate) fn write<E: ListedEntity>(self, readable: Option<&Condition>, sql: &mut Sql) {
        write_each(None, sql, |sql| {
            write_array(4, sql, |index, sql| match index {
                0 if self.has_parent => write_scalar(sql, |sql| sql.push(&[r#"r."parentId""#])),
                0 => write_null(sql),
                1 => write_fields::<E>("r", self.projection.long_texts, sql),
                2 => self.write_nested::<E>(readable, sql),
                _ => write_array(self.cursor_len, sql, |index, sql| {
                    write_scalar(sql, |sql| sql.push(&["r.\"", &cursor_alias(index), "\""]));
                }),
            });
        });
    }

    fn write_nested<E: ListedEntity>(self, readable: Option<&Condition>, sql: &mut Sql) {
        match (self.projection.nested_long_texts, E::NESTED_RELATION, readable) {
            (Some(long_texts), Some(relation), Some(readable)) => {
                write_nested(relation, readable, sql, |sql| {
                    write_fields::<E::Nested>(CHILD, long_texts, sql);
                });
            }
            _ => write_null(sql),
        }
    }
}

fn is_loaded<F: EntityField>(field: F, long_texts: bool) -> bool {
    long_texts || !field.definition().is_long_text()
}

fn fields_size<E: ListedEntity>(long_texts: bool) -> JsonSize {
    let mut size = JsonSize::default();
    for field in E::Field::ALL.iter().copied().filter(|field| is_loaded(*field, long_texts)) {
        add_value(field.definition().ty, E::column_name(field), &mut size);
    }
    size
}

/// Appends a row of the table `alias` as an array of its fields. Long texts are null unless
/// `long_texts`.
fn write_fields<E: ListedEntity>(alias: &str, long_texts: bool, sql: &mut Sql) {
    let fields = E::Field::ALL;
    write_array(fields.len(), sql, |index, sql| {
        match fields.get(index).copied().filter(|field| is_loaded(*field, long_texts)) {
            Some(field) => {
                let column = [alias, ".\"", E::column_name(field), "\""].concat();
                write_scalar(sql, |sql| write_stored(field.definition().ty, &column, sql));
            }
            None => write_null(sql),
        }
    });
}

/// Reads the rows of a page, in the order in which they are written.
pub(crate) fn read_page<E: ListedEntity>(
    text: &str,
    projection: Projection,
    sort: SortSql<'_>,
    paging: &Paging,
) -> serde_json::Result<ListPage<Loaded<E>>> {
    let rows: Vec<JsonRow<E>> = serde_json::from_str(text)?;
    let rows = rows.into_iter().map(|row| loaded(row, projection, sort).1);
    Ok(page(rows.collect(), paging))
}

/// Reads the rows of a page of each parent's children, which are written in no order.
pub(crate) fn read_children<E: ListedEntity, P: Id>(
    text: &str,
    projection: Projection,
    sort: SortSql<'_>,
    paging: &Paging,
) -> serde_json::Result<HashMap<P, ListPage<Loaded<E>>>> {
    let rows: Vec<JsonRow<E>> = serde_json::from_str(text)?;
    let mut children: HashMap<String, Vec<Loaded<E>>> = HashMap::new();
    for row in rows {
        let (parent, row) = loaded(row, projection, sort);
        children.entry(parent.unwrap_or_default()).or_default().push(row);
    }
    let pages = children.into_iter().map(|(parent, mut rows)| {
        // The order of children is ascending, see `Relation::order`.
        rows.sort_by(|one, other| one.cursor.cmp(&other.cursor));
        if matches!(paging, Paging::Keyset(request) if request.is_backward()) {
            rows.reverse();
        }
        (P::from(parent), page(rows, paging))
    });
    Ok(pages.collect())
}

fn loaded<E: ListedEntity>(
    JsonRow(parent, row, nested, cursor): JsonRow<E>,
    projection: Projection,
    sort: SortSql<'_>,
) -> (Option<String>, Loaded<E>) {
    (parent, Loaded { row, projection, nested, cursor: sort.cursor(cursor) })
}

fn page<T>(rows: Vec<T>, paging: &Paging) -> ListPage<T> {
    match paging {
        Paging::All | Paging::Offset(_) => ListPage { rows, more: false },
        Paging::Keyset(request) => ListPage::new(request, rows),
    }
}
