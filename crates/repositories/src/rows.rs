//! Whole rows as JSON: the SQL that writes them, and their conversion to domain objects.

use std::collections::HashMap;

use domain::{
    Entity, EntityField, Id, KeysetPage, Loaded, PageEdge, Paging, Projection, SortValue,
};
use sea_orm::Condition;
use serde::Deserialize;

use crate::{
    json::{add_field, write_value},
    size::{SCALAR, Size},
    sort::{SortSql, cursor_alias},
    statement::Sql,
    table::{ListedEntity, NestedRows},
};

/// A row as a JSON array: its parent's id, its fields, the related rows, and the values of
/// its cursor.
#[derive(Deserialize)]
#[serde(bound(deserialize = "E: Entity"))]
struct JsonRow<E: Entity>(Option<String>, E, Option<Vec<E::Nested>>, Vec<SortValue>);

/// How rows are written.
#[derive(Clone, Copy)]
pub(crate) struct RowFormat {
    pub(crate) projection: Projection,
    pub(crate) has_parent: bool,
    /// The number of values of a cursor; 0 if cursors are left out.
    pub(crate) cursor_len: usize,
}

/// The fields that are loaded, without long texts unless `long_texts`.
fn loaded<F: EntityField>(long_texts: bool) -> impl Iterator<Item = F> {
    F::ALL.iter().copied().filter(move |field| long_texts || !field.definition().is_long_text())
}

impl RowFormat {
    /// The columns of the rows.
    pub(crate) fn columns<E: ListedEntity>(self) -> Vec<&'static str> {
        loaded(self.projection.long_texts).map(E::column).collect()
    }

    /// The length of a row.
    pub(crate) fn size<E: ListedEntity>(self) -> Size {
        let mut size = object_size(self.projection.long_texts, E::column);
        size.add(SCALAR * (1 + self.cursor_len));
        if let (Some(nested), Some(rows)) = (self.projection.nested, E::NESTED_ROWS) {
            size.add_nested(rows, object_size(nested.long_texts, E::nested_column));
        }
        size
    }

    /// Appends a JSON array of the rows `r`. Related rows fulfill `readable`.
    pub(crate) fn write<E: ListedEntity>(self, readable: Option<&Condition>, sql: &mut Sql) {
        let Functions { array, object: _, aggregate: [begin, end] } = Functions::of(sql);
        sql.push(&[begin, array]);
        sql.text += if self.has_parent { r#"r."parentId", "# } else { "NULL, " };
        write_object("r", self.projection.long_texts, E::column, sql);
        match (self.projection.nested, E::NESTED_ROWS, readable) {
            (Some(nested), Some(NestedRows { alias, from, order, .. }), Some(readable)) => {
                sql.push(&[", (SELECT ", begin]);
                write_object(alias, nested.long_texts, E::nested_column, sql);
                sql.push(&[" ", order, end, " ", from]);
                sql.push_and(readable);
                sql.push(&[")"]);
            }
            _ => sql.text += ", NULL",
        }
        sql.push(&[", ", array]);
        for index in 0..self.cursor_len {
            sql.push(&[if index == 0 { "r.\"" } else { ", r.\"" }, &cursor_alias(index), "\""]);
        }
        sql.push(&["))", end]);
    }
}

/// The names of functions that make JSON.
struct Functions {
    array: &'static str,
    object: &'static str,
    /// The beginning and the end of an aggregate: an array with an element for each row.
    aggregate: [&'static str; 2],
}

impl Functions {
    fn of(sql: &Sql) -> Self {
        if sql.is_postgres() {
            let aggregate = ["coalesce(json_agg(", "), '[]')"];
            Self { array: "json_build_array(", object: "json_build_object(", aggregate }
        } else {
            let aggregate = ["json_group_array(", ")"];
            Self { array: "json_array(", object: "json_object(", aggregate }
        }
    }
}

fn object_size<F: EntityField>(long_texts: bool, column: impl Fn(F) -> &'static str) -> Size {
    let mut size = Size::default();
    for field in loaded::<F>(long_texts) {
        let definition = field.definition();
        size.add(definition.key.len() + 4);
        add_field(definition, column(field), &mut size);
    }
    size
}

/// Appends a row of the table `alias` as an object, whose keys are the fields of the Rust
/// struct.
fn write_object<F: EntityField>(
    alias: &str,
    long_texts: bool,
    column: impl Fn(F) -> &'static str,
    sql: &mut Sql,
) {
    sql.text += Functions::of(sql).object;
    for (index, field) in loaded::<F>(long_texts).enumerate() {
        let definition = field.definition();
        sql.push(&[if index == 0 { "'" } else { ", '" }, definition.key, "', "]);
        write_value(definition.ty, &[alias, ".\"", column(field), "\""].concat(), sql);
    }
    sql.text += ")";
}

/// Reads the rows of a page, in the order in which they are written.
pub(crate) fn read_page<E: ListedEntity>(
    text: &str,
    projection: Projection,
    sort: SortSql<'_>,
    paging: &Paging,
) -> serde_json::Result<KeysetPage<Loaded<E>>> {
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
) -> serde_json::Result<HashMap<P, KeysetPage<Loaded<E>>>> {
    let rows: Vec<JsonRow<E>> = serde_json::from_str(text)?;
    let mut children: HashMap<String, Vec<PageEdge<Loaded<E>>>> = HashMap::new();
    for row in rows {
        let (parent, edge) = edge(row, projection, sort);
        children.entry(parent.unwrap_or_default()).or_default().push(edge);
    }
    let pages = children.into_iter().map(|(parent, mut edges)| {
        // The sort keys of relations ascend.
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

fn page<T>(edges: Vec<PageEdge<T>>, paging: &Paging) -> KeysetPage<T> {
    match paging {
        Paging::All | Paging::Offset(_) => KeysetPage { edges, more: false },
        Paging::Keyset(request) => KeysetPage::new(request, edges),
    }
}
