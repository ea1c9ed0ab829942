//! Statements that return all rows of a list as one JSON text.
//!
//! Separate rows are expensive: for each row, sqlx sends a message between threads, copies
//! every value, and looks up each column by name. One text costs that once.

use database::{JsonContent, is_postgres};
use std::fmt;

use sea_orm::{
    Condition, DbBackend, Statement, Value,
    sea_query::{
        PostgresQueryBuilder, QueryBuilder, SelectStatement, SimpleExpr, SqlWriter,
        SqliteQueryBuilder,
    },
};

use crate::size::JsonSize;

/// A statement being written.
pub(crate) struct Sql {
    pub(crate) backend: DbBackend,
    pub(crate) text: String,
    values: Vec<Value>,
}

impl Sql {
    pub(crate) fn new(backend: DbBackend) -> Self {
        Self { backend, text: String::with_capacity(1024), values: Vec::new() }
    }

    pub(crate) fn into_statement(self) -> Statement {
        Statement::from_sql_and_values(self.backend, self.text, self.values)
    }

    pub(crate) fn is_postgres(&self) -> bool {
        is_postgres(self.backend)
    }

    /// Appends `parts`. Faster than `format!`, which every request would run.
    pub(crate) fn push(&mut self, parts: &[&str]) {
        self.text.extend(parts.iter().copied());
    }

    /// Appends a parameter. All values that differ between requests are parameters, so that a
    /// connection prepares the statement once.
    pub(crate) fn bind(&mut self, value: impl Into<Value>) {
        self.values.push(value.into());
        if self.is_postgres() {
            self.text += "$";
            self.text += &self.values.len().to_string();
        } else {
            self.text += "?";
        }
    }

    /// Appends a query.
    pub(crate) fn push_query(&mut self, query: &SelectStatement) {
        if self.is_postgres() {
            PostgresQueryBuilder.prepare_select_statement(query, self);
        } else {
            SqliteQueryBuilder.prepare_select_statement(query, self);
        }
    }

    /// Appends `AND` and a condition, unless it is empty.
    pub(crate) fn push_and(&mut self, condition: &Condition) {
        if condition.is_empty() {
            return;
        }
        let condition = SimpleExpr::from(condition.clone());
        self.push(&[" AND ("]);
        if self.is_postgres() {
            PostgresQueryBuilder.prepare_expr(&condition, self);
        } else {
            SqliteQueryBuilder.prepare_expr(&condition, self);
        }
        self.push(&[")"]);
    }

    /// Appends `LIMIT` and, if given, `OFFSET`. SQLite prepares a statement again for each new
    /// value of a bare `LIMIT ?`, which takes half as long as its execution; `+?` avoids that.
    pub(crate) fn push_limit(&mut self, limit: u64, offset: Option<u64>) {
        let sign = if self.is_postgres() { "" } else { "+" };
        self.push(&[" LIMIT ", sign]);
        self.bind(limit);
        if let Some(offset) = offset {
            self.push(&[" OFFSET ", sign]);
            self.bind(offset);
        }
    }
}

/// Lets sea-query write expressions whose parameters follow those of the statement.
impl SqlWriter for Sql {
    fn push_param<T: QueryBuilder>(&mut self, value: Value, _: &T) {
        self.bind(value);
    }

    fn as_writer(&mut self) -> &mut dyn fmt::Write {
        self
    }
}

impl fmt::Write for Sql {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text.push_str(text);
        Ok(())
    }
}

impl fmt::Display for Sql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Rows that are read as one JSON text.
pub(crate) struct JsonQuery {
    pub(crate) content: JsonContent,
    /// The length of a row.
    pub(crate) size: JsonSize,
    /// The largest number of rows.
    pub(crate) max_rows: usize,
    /// Whether the database keeps the rows between the check of their length and the writing of
    /// the text, so that they are found and sorted once. Otherwise it reads the rows twice: many
    /// rows with long texts would take too much memory, as SQLite runs in this process.
    pub(crate) materialized: bool,
}

impl JsonQuery {
    /// The largest number of bytes of the text.
    pub(crate) fn max_bytes(&self) -> usize {
        self.size.max_bytes().saturating_mul(self.max_rows)
    }

    /// The statement of the text: `write_rows` appends the query of the rows `r`, `write_json`
    /// the expression of the text. The statement returns NULL if the text would be longer than
    /// `max_bytes`.
    pub(crate) fn statement(
        &self,
        backend: DbBackend,
        max_bytes: Option<usize>,
        write_rows: impl Fn(&mut Sql),
        write_json: impl Fn(&mut Sql),
    ) -> Statement {
        let mut sql = Sql::new(backend);
        sql.text += match (max_bytes, self.materialized) {
            (None, _) => "WITH r AS (",
            (Some(_), true) => "WITH r AS MATERIALIZED (",
            (Some(_), false) => "WITH r AS NOT MATERIALIZED (",
        };
        write_rows(&mut sql);
        sql.text += ") SELECT ";
        if let Some(max_bytes) = max_bytes {
            sql.text += "CASE WHEN ";
            self.size.write_fits(&mut sql, i64::try_from(max_bytes).unwrap_or(i64::MAX));
            sql.text += " THEN (SELECT ";
        }
        write_json(&mut sql);
        sql.text += if is_postgres(backend) { "::text FROM r" } else { " FROM r" };
        sql.text += if max_bytes.is_some() { ") END" } else { "" };
        sql.into_statement()
    }
}
