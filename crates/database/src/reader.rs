//! Connections for reading.
//!
//! sea-orm's query path allocates one 15 kB future per statement, so statements go to sqlx
//! directly.
//!
//! The bytes of a request's rows are counted while they are read ([`Reservation`]). If a short
//! request turns out to be long, it drops the rows of the statement, returns its connection,
//! waits for its reservation, and runs the statement again.

mod read_statement;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    prelude::async_trait::async_trait,
};
use tokio::time;

use self::read_statement::{Fetch, ReadStatement};
use crate::{
    database::record_statement,
    failure::{is_retryable, to_db_err},
    pool::Pool,
    postgres::Postgres,
    reservation::{Reservation, SHORT_BYTES},
    sqlite,
};

/// Connections for reading. Cheap to clone; clones share the connections.
#[derive(Clone, Debug)]
pub struct Reader {
    shared: Arc<Shared>,
    reservation: Option<Arc<Reservation>>,
}

#[derive(Debug)]
struct Shared {
    readers: Readers,
    statements: Arc<AtomicU64>,
    /// Number of statements that succeeded.
    answered: AtomicU64,
}

/// Pools of connections for reading.
#[derive(Debug)]
pub(crate) enum Readers {
    Sqlite(Arc<Pool<sqlite::Sqlite>>),
    /// The same connections also write.
    Postgres(Arc<Pool<Postgres>>),
}

impl Reader {
    /// Creates a reader on `readers`. `statements` counts every statement.
    pub(crate) fn new(readers: Readers, statements: Arc<AtomicU64>) -> Self {
        let answered = AtomicU64::default();
        Self { shared: Arc::new(Shared { readers, statements, answered }), reservation: None }
    }

    /// Returns the number of statements that succeeded.
    pub(crate) fn answered(&self) -> u64 {
        self.shared.answered.load(Ordering::Relaxed)
    }

    /// Returns the number of statements that ran.
    pub(crate) fn statements(&self) -> u64 {
        self.shared.statements.load(Ordering::Relaxed)
    }

    /// Returns a reader on the same connections, for a request with this reservation.
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

    /// Closes the connections.
    pub(crate) async fn close(&self, deadline: time::Instant) -> sqlx::Result<()> {
        match &self.shared.readers {
            Readers::Sqlite(pool) => pool.close(deadline).await,
            Readers::Postgres(pool) => pool.close(deadline).await,
        }
    }

    /// Reads one JSON text of at most `max_bytes`, if the rows in the database keep their length
    /// limits. `statement(Some(n))` must return NULL without reading rows if the text would be
    /// longer than n bytes.
    ///
    /// A text may be as long as the whole response. At its end, SQLite, the driver and the caller
    /// each hold a copy.
    pub async fn read_json(
        &self,
        content: JsonContent,
        max_bytes: usize,
        statement: impl Fn(Option<usize>) -> Statement,
    ) -> Result<String, DbErr> {
        let Some(reservation) = &self.reservation else {
            return self.try_text(statement(None)).await?.ok_or_else(no_text);
        };
        let may_be_long = max_bytes > SHORT_BYTES;
        let _lock = if may_be_long { Some(reservation.lock_long_statement().await) } else { None };
        loop {
            let had_reserved = reservation.has_reserved();
            let limit = match content {
                JsonContent::Response => reservation.max_answer_bytes(),
                JsonContent::Rows => reservation.max_read_bytes(),
            };
            let allowed = if had_reserved { limit } else { SHORT_BYTES };
            let text = self.try_text(statement((max_bytes > limit).then_some(allowed))).await?;
            match text.filter(|text| reservation.try_count(text.len())) {
                Some(text) => return Ok(text),
                None if had_reserved => return Err(reservation.mark_exceeded()),
                None => reservation.reserve().await?,
            }
        }
    }

    async fn try_text(&self, statement: Statement) -> Result<Option<String>, DbErr> {
        let rows = self.rows(statement, Fetch::First, None).await?;
        rows.iter().flatten().next().ok_or_else(no_text)?.try_get_by_index(0)
    }

    /// Reads rows. Their bytes are counted if there is a reservation.
    async fn counted(&self, statement: Statement, fetch: Fetch) -> Result<Vec<QueryResult>, DbErr> {
        let Some(reservation) = &self.reservation else {
            // Without a reservation there is no limit, so the rows are always there.
            return Ok(self.rows(statement, fetch, None).await?.unwrap_or_default());
        };
        loop {
            let had_reserved = reservation.has_reserved();
            match self.rows(statement.clone(), fetch, Some(reservation)).await? {
                Some(rows) => return Ok(rows),
                None if had_reserved => return Err(reservation.mark_exceeded()),
                None => reservation.reserve().await?,
            }
        }
    }

    /// Reads rows; `None` if they exceed the reservation.
    async fn rows(
        &self,
        Statement { sql, values, .. }: Statement,
        fetch: Fetch,
        reservation: Option<&Arc<Reservation>>,
    ) -> Result<Option<Vec<QueryResult>>, DbErr> {
        let start = Instant::now();
        let read = ReadStatement { sql: sql.into(), fetch, reservation };
        let rows = match &self.shared.readers {
            Readers::Sqlite(pool) => read.on_sqlite(pool, values).await,
            Readers::Postgres(pool) => match read.on_postgres(pool, values.clone()).await {
                // A read can be repeated safely.
                Err(error) if is_retryable(&error) => read.on_postgres(pool, values).await,
                rows => rows,
            },
        };
        record_statement(&self.shared.statements, start.elapsed(), &read.sql);
        if rows.is_ok() {
            self.shared.answered.fetch_add(1, Ordering::Relaxed);
        }
        rows.map_err(to_db_err)
    }
}

fn no_text() -> DbErr {
    DbErr::Custom("an aggregate has no row".to_owned())
}

#[async_trait]
impl ConnectionTrait for Reader {
    fn get_database_backend(&self) -> DbBackend {
        match &self.shared.readers {
            Readers::Sqlite(_) => DbBackend::Sqlite,
            Readers::Postgres(_) => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, _: Statement) -> Result<ExecResult, DbErr> {
        Err(DbErr::Custom("a reader does not write".to_owned()))
    }

    async fn execute_unprepared(&self, _: &str) -> Result<ExecResult, DbErr> {
        Err(DbErr::Custom("a reader does not write".to_owned()))
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Ok(self.counted(statement, Fetch::First).await?.into_iter().next())
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.counted(statement, Fetch::All).await
    }
}

/// The content of a JSON text that [`Reader::read_json`] reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonContent {
    /// Part of the response, which limits its length.
    Response,
    /// Rows, of which the response has some fields: they may be longer than the response.
    Rows,
}
