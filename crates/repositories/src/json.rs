//! SQL that writes rows as JSON objects, with the fields that a client selects.
//!
//! [`crate::rows`] writes whole rows instead, from which domain objects are read.

use domain::{EntityField, Field, FieldType, JsonField, JsonSelection, entity::EntitySelection};
use sea_orm::Condition;

use crate::{
    size::{SCALAR, Size},
    statement::Sql,
    table::{ListedEntity, NestedRows},
};

/// The maximum length, in characters, of texts that count as [`SCALAR`] bytes; longer texts
/// are measured by the database.
const MAX_SHORT: usize = 40;

/// Adds the length of a field of a row.
pub(crate) fn add_field(field: &Field, column: &'static str, size: &mut Size) {
    match field.ty {
        FieldType::Text { max_len } if max_len > MAX_SHORT => size.add_text(column, max_len),
        _ => size.add(SCALAR),
    }
}

/// The length of an object of a selection.
pub(crate) fn object_size<E: ListedEntity>(selection: &EntitySelection<E>) -> Size {
    members_size(selection, E::column, |nested, size| match E::NESTED_ROWS {
        Some(rows) => {
            let nested = members_size(nested, E::nested_column, |_, size| size.add(SCALAR));
            size.add_nested(rows, nested);
        }
        None => size.add(SCALAR),
    })
}

fn members_size<F: EntityField, N>(
    selection: &JsonSelection<F, N>,
    column: impl Fn(F) -> &'static str,
    add_nested: impl Fn(&JsonSelection<N>, &mut Size),
) -> Size {
    let mut size = Size::default();
    size.add(2);
    for (key, field) in selection.members() {
        size.add(key.len() + 4);
        match field {
            JsonField::Field(field) => add_field(field.definition(), column(*field), &mut size),
            JsonField::Text(_) => size.add(SCALAR),
            JsonField::Nested(nested) => add_nested(nested, &mut size),
        }
    }
    size
}

/// The columns that a selection reads, each once: a name that occurs twice is ambiguous.
pub(crate) fn columns<E: ListedEntity>(selection: &EntitySelection<E>) -> Vec<&'static str> {
    let mut columns: Vec<_> = selection
        .members()
        .iter()
        .map(|(_, field)| match field {
            JsonField::Field(field) => E::column(*field),
            JsonField::Text(_) | JsonField::Nested(_) => "id",
        })
        .collect();
    columns.sort_unstable();
    columns.dedup();
    columns
}

/// Appends a JSON array with an object for each row of the table `r`, in the order of the
/// rows. Related rows fulfill `readable`.
pub(crate) fn write_list<E: ListedEntity>(
    selection: &EntitySelection<E>,
    readable: Option<&Condition>,
    sql: &mut Sql,
) {
    write_objects(selection, "", sql, |field, sql| match (field, E::NESTED_ROWS, readable) {
        (
            JsonField::Nested(nested),
            Some(NestedRows { alias, from, order, .. }),
            Some(readable),
        ) => {
            sql.text += "(SELECT ";
            write_objects(nested, order, sql, |field, sql| {
                write_scalar(field, alias, E::nested_column, sql);
            });
            sql.push(&[" ", from]);
            sql.push_and(readable);
            sql.push(&[")"]);
        }
        (field, _, _) => write_scalar(field, "r", E::column, sql),
    });
}

/// Appends a JSON array of objects, sorted by `order` in SQL. `write` appends their values.
fn write_objects<F, N>(
    selection: &JsonSelection<F, N>,
    order: &str,
    sql: &mut Sql,
    write: impl Fn(&JsonField<F, N>, &mut Sql),
) {
    // PostgreSQL's functions for objects write spaces.
    let [begin, end] = if sql.is_postgres() {
        ["concat('[', string_agg(concat('{'", "), ']')"]
    } else {
        ["json_group_array(json_object(", ")"]
    };
    sql.text += begin;
    for (index, (key, field)) in selection.members().iter().enumerate() {
        if sql.is_postgres() {
            let comma = if index == 0 { "" } else { "," };
            let is_json = matches!(field, JsonField::Nested(_));
            sql.text += ", ";
            sql.bind([comma, "\"", key, "\":"].concat());
            sql.text += if is_json { "::text, " } else { "::text, coalesce(to_json(" };
            write(field, sql);
            sql.text += if is_json { "" } else { ")::text, 'null')" };
        } else {
            sql.text += if index == 0 { "" } else { ", " };
            sql.bind(key.as_str());
            sql.text += ", ";
            write(field, sql);
        }
    }
    let object = if sql.is_postgres() { ", '}'), ',' " } else { ") " };
    sql.push(&[object, order, end]);
}

fn write_scalar<F: EntityField, N>(
    field: &JsonField<F, N>,
    row: &str,
    column: impl Fn(F) -> &'static str,
    sql: &mut Sql,
) {
    match field {
        JsonField::Field(field) => {
            let column = [row, ".\"", column(*field), "\""].concat();
            write_shown(field.definition().ty, &column, sql);
        }
        // PostgreSQL would not know its type.
        JsonField::Text(text) => sql.push(&["CAST('", text, "' AS text)"]),
        JsonField::Nested(_) => sql.text += "NULL",
    }
}

/// Appends a column as the GraphQL API shows it.
fn write_shown(ty: FieldType, column: &str, sql: &mut Sql) {
    match ty {
        FieldType::Instant => write_instant(column, sql),
        _ => write_value(ty, column, sql),
    }
}

/// Appends a column so that both databases write the same JSON. An instant stays as it is
/// stored.
pub(crate) fn write_value(ty: FieldType, column: &str, sql: &mut Sql) {
    match ty {
        // SQLite stores Booleans as numbers.
        FieldType::Boolean if !sql.is_postgres() => {
            sql.push(&["json(CASE WHEN ", column, " THEN 'true' WHEN NOT ", column]);
            sql.text += " THEN 'false' END)";
        }
        FieldType::Boolean
        | FieldType::Id
        | FieldType::Int
        | FieldType::Instant
        | FieldType::Text { .. } => sql.text += column,
    }
}

/// Appends an instant with milliseconds. A finer fraction is cut off; SQLite alone would
/// round it.
fn write_instant(column: &str, sql: &mut Sql) {
    let written = if sql.is_postgres() {
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
mod tests;
