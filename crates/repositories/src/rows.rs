//! Rows of a list as one JSON text, which the database writes.
//!
//! A row on its own has a way to go: from SQLite through a channel between two threads,
//! each value copied, and for each field a column to be found by its name. One
//! text with all rows has it once.

use domain::Result;
use sea_orm::{
    ConnectionTrait, DbBackend, EntityTrait, IdenStatic, Iterable, QuerySelect, QueryTrait, Select,
    Statement,
};
use serde::de::DeserializeOwned;

use crate::{database::is_postgres, internal};

/// What each row of a list has: keys, and columns or expressions of SQL.
#[derive(Clone, Debug)]
pub(crate) struct Row<C> {
    columns: Vec<(&'static str, C)>,
    nested: Vec<(&'static str, String)>,
}

impl<C: IdenStatic> Row<C> {
    /// These columns, each under its key.
    pub(crate) fn new(columns: Vec<(&'static str, C)>) -> Self {
        Self { columns, nested: Vec::new() }
    }

    /// Also the value of `sql`, an expression of JSON, under `key`. The row that it belongs
    /// to is called `r` there; of its columns it can only use those that the row has.
    pub(crate) fn with(mut self, key: &'static str, sql: String) -> Self {
        self.nested.push((key, sql));
        self
    }

    /// The row of the table `alias` as a JSON object.
    pub(crate) fn object(&self, backend: DbBackend, alias: &str) -> String {
        let columns = self.columns.iter().map(|(key, column)| {
            let column = column.as_str();
            format!(r#"'{key}', {alias}."{column}""#)
        });
        let nested = self.nested.iter().map(|(key, sql)| format!("'{key}', ({sql})"));
        let pairs = columns.chain(nested).collect::<Vec<_>>().join(", ");
        let function = if is_postgres(backend) { "json_build_object" } else { "json_object" };
        format!("{function}({pairs})")
    }
}

/// A JSON array of `object` for each row, empty without rows. `order` is SQL's
/// `ORDER BY …`, or nothing to keep the order in which the rows come.
pub(crate) fn array(backend: DbBackend, object: &str, order: &str) -> String {
    if is_postgres(backend) {
        format!("coalesce(json_agg({object} {order}), '[]')")
    } else {
        format!("json_group_array({object} {order})")
    }
}

/// The rows that `select` finds, in its order, each with what `row` names.
pub(crate) async fn rows<C, E, T>(db: &C, select: Select<E>, row: &Row<E::Column>) -> Result<Vec<T>>
where
    C: ConnectionTrait,
    E: EntityTrait,
    E::Column: Iterable,
    T: DeserializeOwned,
{
    let backend = db.get_database_backend();
    let columns = row.columns.iter().map(|(_, column)| *column);
    let inner = select.select_only().columns(columns).build(backend);
    let text = array(backend, &row.object(backend, "r"), "");
    let cast = if is_postgres(backend) { "::text" } else { "" };
    let sql = format!("SELECT {text}{cast} FROM ({}) r", inner.sql);
    let statement = match inner.values {
        Some(values) => Statement::from_sql_and_values(backend, sql, values.0),
        None => Statement::from_string(backend, sql),
    };
    let Some(found) = db.query_one_raw(statement).await.map_err(internal)? else {
        return Ok(Vec::new());
    };
    let text: String = found.try_get_by_index(0).map_err(internal)?;
    serde_json::from_str(&text).map_err(domain::Error::internal)
}
