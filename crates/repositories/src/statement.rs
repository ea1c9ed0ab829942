//! The text of a statement and its parameters.

use std::fmt;

use database::is_postgres;
use sea_orm::{
    Condition, DbBackend, Statement, Value,
    sea_query::{
        PostgresQueryBuilder, QueryBuilder, SelectStatement, SimpleExpr, SqlWriter,
        SqliteQueryBuilder,
    },
};

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
