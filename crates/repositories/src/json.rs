//! SQL that writes rows as JSON objects: the fields that a client selects, or whole rows from
//! which domain objects are read ([`crate::rows`]).
//!
//! PostgreSQL's own functions for JSON objects write spaces, which answers do not have. There,
//! `concat` and `string_agg` write the text; they ignore null, so that no rows are `[]`.

use domain::{EntityField, FieldType, JsonField, JsonSelection, entity::EntitySelection};
use sea_orm::Condition;

use crate::{
    size::{JsonSize, SCALAR},
    statement::Sql,
    table::{CHILD, ListedEntity, Relation},
};

/// Shorter texts, in characters, count as [`SCALAR`] bytes; the database measures longer ones.
const MAX_SHORT: usize = 40;

/// The length of an object of a selection.
pub(crate) fn object_size<E: ListedEntity>(selection: &EntitySelection<E>) -> JsonSize {
    members_size(selection, E::column_name, |nested, size| match E::NESTED_RELATION {
        Some(relation) => {
            let nested = members_size(nested, E::Related::column_name, |_, size| size.add(SCALAR));
            size.add_nested(relation, nested);
        }
        None => size.add(SCALAR),
    })
}

/// The length of an object, with its keys; `add_nested` adds the length of related rows.
fn members_size<F: EntityField, N>(
    selection: &JsonSelection<F, N>,
    column: impl Fn(F) -> &'static str,
    add_nested: impl Fn(&JsonSelection<N>, &mut JsonSize),
) -> JsonSize {
    let mut size = JsonSize::default();
    size.add(2);
    for (key, field) in selection.members() {
        size.add(key.len() + 4);
        match field {
            JsonField::Field(field) => add_value(field.definition().ty, column(*field), &mut size),
            JsonField::TypeName(_) => size.add(SCALAR),
            JsonField::Nested(nested) => add_nested(nested, &mut size),
        }
    }
    size
}

/// Adds the length of a value.
pub(crate) fn add_value(ty: FieldType, column: &'static str, size: &mut JsonSize) {
    match ty {
        FieldType::Text { max_len } if max_len > MAX_SHORT => size.add_text(column, max_len),
        _ => size.add(SCALAR),
    }
}

/// The columns that a selection reads, each once: a name that occurs twice is ambiguous.
/// Members without a column read the id.
pub(crate) fn columns<E: ListedEntity>(selection: &EntitySelection<E>) -> Vec<&'static str> {
    let mut columns: Vec<_> = selection
        .members()
        .iter()
        .map(|(_, field)| match field {
            JsonField::Field(field) => E::column_name(*field),
            JsonField::TypeName(_) | JsonField::Nested(_) => "id",
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
    write_each(None, sql, |sql| {
        write_object(selection, sql, |field, sql| match (field, E::NESTED_RELATION, readable) {
            (JsonField::Nested(nested), Some(relation), Some(readable)) => {
                write_nested(relation, readable, sql, |sql| {
                    write_object(nested, sql, |field, sql| {
                        write_member(field, CHILD, E::Related::column_name, sql);
                    });
                });
            }
            (field, _, _) => write_member(field, "r", E::column_name, sql),
        });
    });
}

/// Appends a JSON array of the related rows of the row `r` that fulfill `readable`.
/// `element` appends one of them.
pub(crate) fn write_nested(
    relation: Relation,
    readable: &Condition,
    sql: &mut Sql,
    element: impl Fn(&mut Sql),
) {
    sql.text += "(SELECT ";
    write_each(Some(relation), sql, element);
    relation.write_from(sql);
    sql.text += "r.\"id\"";
    sql.push_and(readable);
    sql.text += ")";
}

/// Appends a JSON array with an element for each row, sorted as children of `relation`.
pub(crate) fn write_each(relation: Option<Relation>, sql: &mut Sql, element: impl Fn(&mut Sql)) {
    let [begin, separator, end] = if sql.is_postgres() {
        ["concat('[', string_agg(", ", ','", "), ']')"]
    } else {
        ["json_group_array(", "", ")"]
    };
    sql.text += begin;
    element(sql);
    sql.text += separator;
    if let Some(relation) = relation {
        relation.write_order(sql);
    }
    sql.text += end;
}

/// Appends a JSON array of `len` elements.
pub(crate) fn write_array(len: usize, sql: &mut Sql, element: impl Fn(usize, &mut Sql)) {
    let [begin, separator, end] = if sql.is_postgres() {
        ["concat('['", ", ','", ", ']')"]
    } else {
        ["json_array(", ", ", ")"]
    };
    sql.text += begin;
    for index in 0..len {
        sql.text += if index == 0 { "" } else { separator };
        sql.text += if sql.is_postgres() { ", " } else { "" };
        element(index, sql);
    }
    sql.text += end;
}

/// Appends a JSON object; `write` appends the value of a member. Keys are parameters, because
/// they differ between requests.
fn write_object<F, N>(
    selection: &JsonSelection<F, N>,
    sql: &mut Sql,
    write: impl Fn(&JsonField<F, N>, &mut Sql),
) {
    sql.text += if sql.is_postgres() { "concat('{'" } else { "json_object(" };
    for (index, (key, field)) in selection.members().iter().enumerate() {
        if sql.is_postgres() {
            let comma = if index == 0 { "" } else { "," };
            sql.text += ", ";
            sql.bind([comma, "\"", key, "\":"].concat());
            sql.text += "::text, ";
        } else {
            sql.text += if index == 0 { "" } else { ", " };
            sql.bind(key.as_str());
            sql.text += ", ";
        }
        write(field, sql);
    }
    sql.text += if sql.is_postgres() { ", '}')" } else { ")" };
}

/// Appends the value of a member that has no related rows.
fn write_member<F: EntityField, N>(
    field: &JsonField<F, N>,
    row: &str,
    column: impl Fn(F) -> &'static str,
    sql: &mut Sql,
) {
    match field {
        JsonField::Field(field) => {
            let column = [row, ".\"", column(*field), "\""].concat();
            write_scalar(sql, |sql| write_shown(field.definition().ty, &column, sql));
        }
        // Without the cast, PostgreSQL would not know the type.
        JsonField::TypeName(name) => {
            write_scalar(sql, |sql| sql.push(&["CAST('", name, "' AS text)"]));
        }
        // Related rows that are not loaded.
        JsonField::Nested(_) => write_null(sql),
    }
}

/// Appends the JSON of a scalar, which `value` appends.
pub(crate) fn write_scalar(sql: &mut Sql, value: impl Fn(&mut Sql)) {
    let [begin, end] =
        if sql.is_postgres() { ["coalesce(to_json(", ")::text, 'null')"] } else { ["", ""] };
    sql.text += begin;
    value(sql);
    sql.text += end;
}

/// Appends the JSON `null`.
pub(crate) fn write_null(sql: &mut Sql) {
    sql.text += if sql.is_postgres() { "'null'" } else { "NULL" };
}

/// Appends a column as the GraphQL API shows it.
fn write_shown(ty: FieldType, column: &str, sql: &mut Sql) {
    match ty {
        FieldType::Instant => write_instant(column, sql),
        _ => write_stored(ty, column, sql),
    }
}

/// Appends a column so that both databases write the same JSON. An instant stays as it is
/// stored.
pub(crate) fn write_stored(ty: FieldType, column: &str, sql: &mut Sql) {
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
