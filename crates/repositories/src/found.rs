//! The statement that makes one text of the rows of a page.

use domain::{Page, Result};
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value, sea_query::SelectStatement};

use crate::{Reader, database::is_postgres, internal, size::Size};

/// A statement in the making.
pub(crate) struct Sql {
    pub(crate) backend: DbBackend,
    pub(crate) text: String,
    values: Vec<Value>,
}

impl Sql {
    /// Adds a parameter. Whatever differs from request to request is one: so the statement
    /// that a connection remembers is the same.
    pub(crate) fn bind(&mut self, value: impl Into<Value>) {
        self.values.push(value.into());
        if is_postgres(self.backend) {
            self.text += "$";
            self.text += &self.values.len().to_string();
        } else {
            self.text += "?";
        }
    }
}

/// Adds these texts. Made anew for every request, which formatting would take longer.
pub(crate) fn write_text(parts: &[&str], sql: &mut String) {
    sql.extend(parts.iter().copied());
}

/// The rows of a page that are to become one text.
pub(crate) struct Found<'s> {
    pub(crate) select: &'s SelectStatement,
    pub(crate) page: Page,
    pub(crate) size: Size,
}

impl Found<'_> {
    /// What `write` makes of the rows `r`, in the order in which `select` finds them.
    pub(crate) async fn text(&self, db: &Reader, write: impl Fn(&mut Sql)) -> Result<String> {
        let rows = usize::try_from(self.page.limit()).unwrap_or(usize::MAX);
        let longest = self.size.longest().saturating_mul(rows);
        let statement = |most| self.statement(db.get_database_backend(), most, &write);
        db.text(longest, statement).await.map_err(internal)
    }

    /// A statement for the text; for none, if it would have more than `most` bytes.
    pub(crate) fn statement(
        &self,
        backend: DbBackend,
        most: Option<usize>,
        write: impl Fn(&mut Sql),
    ) -> Statement {
        let inner = backend.build(self.select);
        let values = inner.values.map_or_else(Vec::new, |values| values.0);
        let mut sql = Sql { backend, text: String::with_capacity(1024), values };
        sql.text += if most.is_some() { "WITH r AS MATERIALIZED (" } else { "WITH r AS (" };
        sql.text += &inner.sql;
        // SQLite plans a statement anew for each value of a bare `LIMIT ?`, which takes half
        // as long as to execute it.
        let [limit, offset] =
            if is_postgres(backend) { [" LIMIT ", " OFFSET "] } else { [" LIMIT +", " OFFSET +"] };
        sql.text += limit;
        sql.bind(self.page.limit());
        sql.text += offset;
        sql.bind(self.page.offset());
        sql.text += ") SELECT ";
        if let Some(most) = most {
            sql.text += "CASE WHEN ";
            self.size.write_fits(&mut sql, i64::try_from(most).unwrap_or(i64::MAX));
            sql.text += " THEN (SELECT ";
        }
        write(&mut sql);
        sql.text += if is_postgres(backend) { "::text FROM r" } else { " FROM r" };
        sql.text += if most.is_some() { ") END" } else { "" };
        Statement::from_sql_and_values(backend, sql.text, sql.values)
    }
}
