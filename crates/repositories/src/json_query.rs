//! Statements that return all rows of a list as one JSON text.
//!
//! Separate rows are expensive: for each row, sqlx sends a message between threads, copies
//! every value, and looks up each column by name. One text costs that once.

use database::{JsonContent, is_postgres};
use sea_orm::{DbBackend, Statement};

use crate::{size::JsonSize, statement::Sql};

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
