//! Connections to read with.
//!
//! A statement goes to sqlx at once. sea-orm's own way there is one future with room for
//! every database and use, 15 kB that are allocated, and copied twice, for every statement.
//!
//! Rows are counted as they come, if they belong to a request ([`Reservation`]): one that
//! turns out to be long throws away what it has read, waits for its part of the memory
//! while it holds no connection, and reads again.

use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use futures_util::TryStreamExt;
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult,
    RuntimeErr, Statement, prelude::async_trait::async_trait, sea_query::Values,
};
use sea_query_sqlx::SqlxValues;
use sqlx::{
    AssertSqlSafe, Decode, Executor, IntoArguments, Row, Sqlite, TypeInfo, ValueRef,
    postgres::PgRow, query_with, sqlite::SqliteRow,
};
use tokio::task::coop::consume_budget;

use crate::{
    database::note,
    readers::Readers,
    reservation::{Reservation, SHORT},
};

/// Connections that are read through. Cheap to clone; clones share the connections.
#[derive(Clone, Debug)]
pub struct Reader {
    shared: Arc<Shared>,
    reservation: Option<Arc<Reservation>>,
}

#[derive(Debug)]
struct Shared {
    writer: DatabaseConnection,
    /// Of SQLite.
    readers: Option<Arc<Readers>>,
    statements: Arc<AtomicU64>,
}

impl Reader {
    /// Reads through `readers`, or else through `writer`, and counts in `statements`.
    pub(crate) fn new(
        writer: DatabaseConnection,
        readers: Option<Arc<Readers>>,
        statements: Arc<AtomicU64>,
    ) -> Self {
        Self { shared: Arc::new(Shared { writer, readers, statements }), reservation: None }
    }

    /// The connections that write, which PostgreSQL also reads through.
    pub(crate) fn writer(&self) -> &DatabaseConnection {
        &self.shared.writer
    }

    /// How many statements ran.
    pub(crate) fn statements(&self) -> u64 {
        self.shared.statements.load(Ordering::Relaxed)
    }

    /// The same connections, for a request with this reservation.
    pub(crate) fn reserving(&self, reservation: &Arc<Reservation>) -> Self {
        let shared = Arc::clone(&self.shared);
        Self { shared, reservation: Some(Arc::clone(reservation)) }
    }

    /// Fails unless the database answers.
    pub(crate) async fn ping(&self) -> Result<(), DbErr> {
        self.query_one_raw(Statement::from_string(self.get_database_backend(), "SELECT 1"))
            .await
            .map(drop)
    }

    /// Ends its connections.
    pub(crate) async fn close(&self) -> Result<(), DbErr> {
        match &self.shared.readers {
            Some(readers) => readers.close().await.map_err(failed),
            None => self.writer().close_by_ref().await,
        }
    }

    /// The one text that `statement` brings, of at most `longest` bytes as far as its rows
    /// keep the rules. Given a number, `statement` is one that brings none, and reads no
    /// rows for it, when it would have more bytes than that.
    pub(crate) async fn text(
        &self,
        longest: usize,
        statement: impl Fn(Option<usize>) -> Statement,
    ) -> Result<String, DbErr> {
        let Some(reservation) = &self.reservation else {
            return self.try_text(statement(None)).await?.ok_or_else(no_text);
        };
        let may_be_long = longest > SHORT;
        let _turn = if may_be_long { Some(reservation.turn().await) } else { None };
        loop {
            let was_long = reservation.is_long();
            let guard = longest > reservation.longest();
            let most = if was_long { reservation.longest() } else { SHORT };
            let text = self.try_text(statement(guard.then_some(most))).await?;
            match text.filter(|text| reservation.read(text.len())) {
                Some(text) => return Ok(text),
                None if was_long => return Err(reservation.exceed()),
                None => reservation.reserve().await?,
            }
        }
    }

    async fn try_text(&self, statement: Statement) -> Result<Option<String>, DbErr> {
        let rows = self.rows(statement, None).await?;
        rows.first().ok_or_else(no_text)?.try_get_by_index(0)
    }

    /// All rows, counted if they belong to a request.
    async fn counted(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let Some(reservation) = &self.reservation else {
            return self.rows(statement, None).await;
        };
        loop {
            let was_long = reservation.is_long();
            match self.rows(statement.clone(), Some(reservation)).await {
                Err(DbErr::Custom(full)) if full == FULL && was_long => {
                    return Err(reservation.exceed());
                }
                Err(DbErr::Custom(full)) if full == FULL => reservation.reserve().await?,
                rows => return rows,
            }
        }
    }

    async fn rows(
        &self,
        Statement { sql, values, .. }: Statement,
        reservation: Option<&Arc<Reservation>>,
    ) -> Result<Vec<QueryResult>, DbErr> {
        let start = Instant::now();
        let (sql, values) = (sql.into(), SqlxValues(values.unwrap_or(Values(Vec::new()))));
        let rows = match &self.shared.readers {
            Some(readers) => {
                let mut acquired = readers.acquire().await.map_err(failed)?;
                let connection = acquired.connection().map_err(failed)?;
                let rows = all(connection, &sql, values, reservation).await;
                if !matches!(rows, Ok(None)) {
                    acquired.finish();
                }
                rows
            }
            None => all(self.get_postgres_connection_pool(), &sql, values, reservation).await,
        };
        note(&self.shared.statements, start.elapsed(), &sql);
        rows.map_err(failed)?.ok_or_else(|| DbErr::Custom(FULL.to_owned()))
    }
}

/// What stands for rows that are too many for what is reserved.
const FULL: &str = "the reservation is full";

fn no_text() -> DbErr {
    DbErr::Custom("an aggregate has no row".to_owned())
}

/// For what takes sea-orm's connections. SQLite's is the one that writes, too.
impl Deref for Reader {
    type Target = DatabaseConnection;

    fn deref(&self) -> &DatabaseConnection {
        &self.shared.writer
    }
}

#[async_trait]
impl ConnectionTrait for Reader {
    fn get_database_backend(&self) -> DbBackend {
        self.shared.writer.get_database_backend()
    }

    async fn execute_raw(&self, _: Statement) -> Result<ExecResult, DbErr> {
        Err(DbErr::Custom("a reader does not write".to_owned()))
    }

    async fn execute_unprepared(&self, _: &str) -> Result<ExecResult, DbErr> {
        Err(DbErr::Custom("a reader does not write".to_owned()))
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Ok(self.counted(statement).await?.into_iter().next())
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.counted(statement).await
    }
}

/// All rows, or none if they are too many for the reservation.
async fn all<'e, D, E>(
    executor: E,
    sql: &Arc<str>,
    values: SqlxValues,
    reservation: Option<&Arc<Reservation>>,
) -> sqlx::Result<Option<Vec<QueryResult>>>
where
    D: sqlx::Database,
    D::Row: Measured,
    E: Executor<'e, Database = D>,
    QueryResult: From<D::Row>,
    SqlxValues: IntoArguments<D>,
{
    let query = query_with(AssertSqlSafe(Arc::clone(sql)), values);
    let mut stream = query.fetch(executor);
    let (mut rows, mut read) = (Vec::new(), 0);
    while let Some(row) = stream.try_next().await? {
        if let Some(reservation) = reservation {
            let bytes = row.bytes();
            if !reservation.read(bytes) {
                reservation.forget(read);
                return Ok(None);
            }
            read += bytes;
        }
        rows.push(QueryResult::from(row));
        // Rows may come faster than others have their turn.
        consume_budget().await;
    }
    Ok(Some(rows))
}

/// A row that knows how many bytes its values have.
trait Measured {
    fn bytes(&self) -> usize;
}

/// What a value takes beside its bytes.
const VALUE: usize = 32;

impl Measured for SqliteRow {
    fn bytes(&self) -> usize {
        let value = |place| {
            let Ok(value) = self.try_get_raw(place) else { return VALUE };
            if value.is_null() || value.type_info().name() != "TEXT" {
                return VALUE;
            }
            VALUE + <&str as Decode<Sqlite>>::decode(value).map_or(0, str::len)
        };
        (0..self.len()).map(value).sum()
    }
}

impl Measured for PgRow {
    fn bytes(&self) -> usize {
        let value = |place| {
            let value = self.try_get_raw(place);
            VALUE + value.ok().and_then(|value| value.as_bytes().ok().map(<[u8]>::len)).unwrap_or(0)
        };
        (0..self.len()).map(value).sum()
    }
}

/// As sea-orm says it.
fn failed(error: sqlx::Error) -> DbErr {
    match error {
        sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        error => DbErr::Query(RuntimeErr::SqlxError(error.into())),
    }
}
