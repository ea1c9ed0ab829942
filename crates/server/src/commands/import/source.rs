//! The source database: a stream of rows with each value as text, which is independent of the
//! columns' types. It is never written to.

use database::DatabaseUrl;
use futures_util::{StreamExt, TryStreamExt, stream::BoxStream};
use sqlx::{
    AssertSqlSafe, ColumnIndex, Connection, Decode, PgConnection, Row, SqliteConnection, Type,
    sqlite::SqliteConnectOptions,
};

use crate::failure::Failure;

/// A value as text, or an error if it is no text.
pub(super) type Cell = Result<Option<String>, ()>;

/// A connection to the source.
pub(super) enum Source {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// A column of the source.
pub(super) struct Column {
    pub(super) name: String,
    declared: String,
}

fn failure(error: &sqlx::Error) -> Failure {
    Failure(format!("--from cannot be read: {error}"))
}

impl Source {
    pub(super) async fn open(url: &DatabaseUrl) -> Result<Self, Failure> {
        let opened = match (url.file(), url.server()) {
            (Some(file), _) => {
                let options = SqliteConnectOptions::new().filename(file).read_only(true);
                SqliteConnection::connect_with(&options).await.map(Self::Sqlite)
            }
            (None, server) => {
                PgConnection::connect(server.unwrap_or_default()).await.map(Self::Postgres)
            }
        };
        let mut source =
            opened.map_err(|error| Failure(format!("--from ({url}) cannot be opened: {error}")))?;
        source.freeze().await.map_err(|error| failure(&error))?;
        Ok(source)
    }

    /// Connects, and reads all tables in one snapshot: rows that a running server adds meanwhile
    /// could belong to users that were not read.
    async fn freeze(&mut self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(file) => sqlx::query("begin").execute(file).await.map(drop),
            Self::Postgres(server) => {
                let begin = "begin isolation level repeatable read read only";
                sqlx::query(begin).execute(server).await.map(drop)
            }
        }
    }

    /// The columns of a table; empty if the table does not exist.
    pub(super) async fn columns(&mut self, table: &str) -> Result<Vec<Column>, Failure> {
        let sql = match self {
            Self::Sqlite(_) => "select name, lower(type) from pragma_table_info('{}')",
            Self::Postgres(_) => {
                "select column_name::text, data_type::text from information_schema.columns \
                 where table_schema = any(current_schemas(false)) and table_name = '{}' \
                 order by ordinal_position"
            }
        };
        let rows: Vec<_> = self.rows(sql.replace("{}", table), 2).try_collect().await?;
        let text = |cell: Option<Cell>| cell.and_then(Result::ok).flatten().unwrap_or_default();
        let column = |row: Vec<Cell>| {
            let mut cells = row.into_iter();
            Column { name: text(cells.next()), declared: text(cells.next()) }
        };
        Ok(rows.into_iter().map(column).collect())
    }

    /// The number of rows of a table.
    pub(super) async fn count(&mut self, table: &str) -> Result<u64, Failure> {
        let sql = format!("select cast(count(*) as text) from {}", quoted(table));
        let row = self.rows(sql, 1).try_next().await?;
        let count = row.and_then(|row| row.into_iter().next()?.ok()?);
        Ok(count.and_then(|count| count.parse().ok()).unwrap_or_default())
    }

    /// Streams the values of these columns, row by row.
    pub(super) fn stream(
        &mut self,
        table: &str,
        columns: &[&Column],
    ) -> BoxStream<'_, Result<Vec<Cell>, Failure>> {
        let shown: Vec<_> = columns.iter().map(|column| self.as_text(column)).collect();
        let sql = format!("select {} from {}", shown.join(", "), quoted(table));
        self.rows(sql, columns.len())
    }

    fn as_text(&self, column: &Column) -> String {
        const FORM: &str = r#"'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'"#;
        let (name, declared) = (quoted(&column.name), column.declared.as_str());
        match self {
            Self::Postgres(_) if declared == "timestamp with time zone" => {
                format!("to_char({name} at time zone 'UTC', {FORM})")
            }
            Self::Postgres(_) if declared.starts_with("timestamp") => {
                format!("to_char({name}, {FORM})")
            }
            _ => format!("cast({name} as text)"),
        }
    }

    fn rows(&mut self, sql: String, width: usize) -> BoxStream<'_, Result<Vec<Cell>, Failure>> {
        let query = AssertSqlSafe(sql);
        match self {
            Self::Sqlite(file) => {
                let rows = sqlx::query(query).fetch(file);
                rows.map_ok(move |row| cells(&row, width)).map_err(|it| failure(&it)).boxed()
            }
            Self::Postgres(server) => {
                let rows = sqlx::query(query).fetch(server);
                rows.map_ok(move |row| cells(&row, width)).map_err(|it| failure(&it)).boxed()
            }
        }
    }
}

fn cells<R>(row: &R, width: usize) -> Vec<Cell>
where
    R: Row,
    usize: ColumnIndex<R>,
    for<'r> Option<String>: Decode<'r, R::Database> + Type<R::Database>,
{
    (0..width).map(|index| row.try_get(index).map_err(|_| ())).collect()
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
