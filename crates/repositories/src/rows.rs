//! Whole rows as JSON: the SQL that writes them, and their conversion to domain objects.

use std::collections::HashMap;

use domain::{
    Entity, Id, JsonSelection, ListPage, Loaded, PageEdge, Paging, Projection, SortValue,
};
use sea_orm::Condition;
use serde::Deserialize;

use crate::{
    json::{
        columns, members_size, write_array, write_each, write_member, write_nested, write_null,
        write_object, write_scalar, write_stored,
    },
    size::{SCALAR, Size},
    sort::{SortSql, cursor_alias},
    statement::Sql,
    table::ListedEntity,
};

/// A row as a JSON array: the parent's id, the row, the related rows, and the values of the
/// cursor.
#[derive(Deserialize)]
#[serde(bound(deserialize = "E: Entity"))]
struct JsonRow<E: Entity>(Option<String>, E, Option<Vec<E::Nested>>, Vec<SortValue>);

/// The format of rows, which are written as [`JsonRow`].
pub(crate) struct RowFormat<E: Entity> {
    row: JsonSelection<E::Field>,
    nested: Option<JsonSelection<<E::Nested as Entity>::Field>>,
    has_parent: bool,
    /// The number of values of a cursor; 0 if cursors are left out.
    cursor_len: usize,
}

impl<E: ListedEntity> RowFormat<E> {
    /// Rows with what `projection` loads. `cursor_len` is the number of values of a cursor; 0
    /// leaves cursors out.
    pub(crate) fn new(projection: Projection, has_parent: bool, cursor_len: usize) -> Self {
        let nested = projection.nested.map(|nested| JsonSelection::whole(nested.long_texts));
        let row = JsonSelection::whole(projection.long_texts);
        Self { row, nested, has_parent, cursor_len }
    }

    /// The columns of the rows.
    pub(crate) fn columns(&self) -> Vec<&'static str> {
        columns(&self.row, E::column)
    }

    /// The length of a row.
    pub(crate) fn size(&self) -> Size {
        let mut size = members_size(&self.row, E::column, |_, _| {});
        size.add(SCALAR * (1 + self.cursor_len));
        if let (Some(nested), Some(rows)) = (&self.nested, E::NESTED_ROWS) {
            size.add_nested(rows, members_size(nested, E::nested_column, |_, _| {}));
        }
        size
    }

    /// Appends a JSON array of the rows `r`. Related rows fulfill `readable`.
    pub(crate) fn write(&self, readable: Option<&Condition>, sql: &mut Sql) {
        write_each("", sql, |sql| {
            write_array(4, sql, |index, sql| match index {
                0 if self.has_parent => write_scalar(sql, |sql| sql.push(&[r#"r."parentId""#])),
                0 => write_null(sql),
                1 => write_object(&self.row, sql, |field, sql| {
                    write_member(field, "r", E::column, write_stored, sql);
                }),
                2 => self.write_nested(readable, sql),
                _ => write_array(self.cursor_len, sql, |index, sql| {
                    write_scalar(sql, |sql| sql.push(&["r.\"", &cursor_alias(index), "\""]));
                }),
            });
        });
    }

    fn write_nested(&self, readable: Option<&Condition>, sql: &mut Sql) {
        match (&self.nested, E::NESTED_ROWS, readable) {
            (Some(nested), Some(rows), Some(readable)) => {
                write_nested(rows, readable, sql, |sql| {
                    write_object(nested, sql, |field, sql| {
                        write_member(field, rows.alias, E::nested_column, write_stored, sql);
                    });
                });
            }
            _ => write_null(sql),
        }
    }
}

/// Reads the rows of a page, in the order in which they are written.
pub(crate) fn read_page<E: ListedEntity>(
    text: &str,
    projection: Projection,
    sort: SortSql<'_>,
    paging: &Paging,
) -> serde_json::Result<ListPage<Loaded<E>>> {
    let rows: Vec<JsonRow<E>> = serde_json::from_str(text)?;
    let edges = rows.into_iter().map(|row| edge(row, projection, sort).1);
    Ok(page(edges.collect(), paging))
}

/// Reads the rows of a page of each parent's children, which are written in no order.
pub(crate) fn read_children<E: ListedEntity, P: Id>(
    text: &str,
    projection: Projection,
    sort: SortSql<'_>,
    paging: &Paging,
) -> serde_json::Result<HashMap<P, ListPage<Loaded<E>>>> {
    let rows: Vec<JsonRow<E>> = serde_json::from_str(text)?;
    let mut children: HashMap<String, Vec<PageEdge<Loaded<E>>>> = HashMap::new();
    for row in rows {
        let (parent, edge) = edge(row, projection, sort);
        children.entry(parent.unwrap_or_default()).or_default().push(edge);
    }
    let pages = children.into_iter().map(|(parent, mut edges)| {
        // The order of children is ascending, see `order_of`.
        edges.sort_by(|one, other| one.cursor.cmp(&other.cursor));
        if matches!(paging, Paging::Keyset(request) if request.is_backward()) {
            edges.reverse();
        }
        (P::from(parent), page(edges, paging))
    });
    Ok(pages.collect())
}

fn edge<E: ListedEntity>(
    JsonRow(parent, row, nested, cursor): JsonRow<E>,
    projection: Projection,
    sort: SortSql<'_>,
) -> (Option<String>, PageEdge<Loaded<E>>) {
    let row = Loaded { row, projection, nested };
    (parent, PageEdge { row, cursor: sort.cursor(cursor) })
}

fn page<T>(edges: Vec<PageEdge<T>>, paging: &Paging) -> ListPage<T> {
    match paging {
        Paging::All | Paging::Offset(_) => ListPage { edges, more: false },
        Paging::Keyset(request) => ListPage::new(request, edges),
    }
}
