//! Single statements that write.

use std::{
    io,
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

use crate::{
    database::record_statement,
    failure::{is_lost, is_unavailable, to_db_err},
    outage::Outage,
    write_connection::{ResultKind, StatementResult, WriteConnection, WritePools},
};

/// Runs single statements that write; each is its own transaction. Cheap to clone; clones share
/// the connections.
#[derive(Clone, Debug)]
pub struct Writer {
    pools: WritePools,
    monitor: Arc<WriteMonitor>,
}

/// Monitors statements that write.
#[derive(Debug)]
pub(crate) struct WriteMonitor {
    statements: Arc<AtomicU64>,
    /// Number of committed writes.
    committed: AtomicU64,
    /// Whether the database takes writes.
    outage: Outage,
}

impl WriteMonitor {
    /// Records a statement that ran.
    pub(crate) fn record_statement(&self, start: Instant, sql: &str) {
        record_statement(&self.statements, start.elapsed(), sql);
    }

    /// Records the outcome of a write.
    pub(crate) fn record_write<T>(&self, result: &sqlx::Result<T>) {
        match result {
            Ok(_) => {
                self.committed.fetch_add(1, Ordering::Relaxed);
                self.outage.end();
            }
            // A lost connection is no outage, unless SQLite's file failed: the next connection may
            // work.
            Err(error)
                if is_unavailable(error) && (!is_lost(error) || is_of_sqlite_file(error)) =>
            {
                self.outage.begin(error);
            }
            Err(_) => {}
        }
    }
}

/// Whether SQLite reported the error, or its file does not exist.
fn is_of_sqlite_file(error: &sqlx::Error) -> bool {
    if let sqlx::Error::Io(error) = error {
        return error.kind() == io::ErrorKind::NotFound;
    }
    let error = error.as_database_error();
    error.is_some_and(|error| error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some())
}

impl Writer {
    pub(crate) fn new(pools: WritePools, statements: Arc<AtomicU64>) -> Self {
        let outage =
            Outage::new("the database does not take writes", "the database takes writes again");
        Self {
            pools,
            monitor: Arc::new(WriteMonitor { statements, committed: AtomicU64::default(), outage }),
        }
    }

    /// Begins a transaction.
    pub(crate) async fn begin(&self) -> sqlx::Result<WriteConnection> {
        let begun = self.pools.begin().await;
        if begun.is_err() {
            self.monitor.record_write(&begun);
        }
        begun
    }

    pub(crate) fn pools(&self) -> &WritePools {
        &self.pools
    }

    pub(crate) async fn close(&self, deadline: tokio::time::Instant) -> sqlx::Result<()> {
        match &self.pools {
            WritePools::Sqlite(pool, _) => pool.close(deadline).await,
            WritePools::Postgres(pool) => pool.close(deadline).await,
        }
    }

    /// Returns the number of committed writes.
    pub(crate) fn committed_writes(&self) -> u64 {
        self.monitor.committed.load(Ordering::Relaxed)
    }

    pub(crate) fn monitor(&self) -> &Arc<WriteMonitor> {
        &self.monitor
    }

    async fn run(&self, statement: Statement, kind: ResultKind) -> Result<StatementResult, DbErr> {
        let mut writing = self.pools.acquire().await.map_err(to_db_err)?;
        let (start, sql) = (Instant::now(), statement.sql.clone());
        let work = async |writing: &mut WriteConnection| writing.run(statement, kind).await;
        let answer = in_own_transaction(&mut writing, work).await;
        self.monitor.record_statement(start, &sql);
        self.monitor.record_write(&answer);
        match &answer {
            Ok(_) => writing.finish(),
            Err(error) => writing.release_after(error),
        }
        answer.map_err(to_db_err)
    }
}

/// Runs a statement as its own transaction.
async fn in_own_transaction<T>(
    writing: &mut WriteConnection,
    work: impl AsyncFnOnce(&mut WriteConnection) -> sqlx::Result<T>,
) -> sqlx::Result<T> {
    writing.before_single().await?;
    let done = work(writing).await?;
    writing.after_single().await?;
    Ok(done)
}

#[async_trait]
impl ConnectionTrait for Writer {
    fn get_database_backend(&self) -> DbBackend {
        self.pools.backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.run(statement, ResultKind::Count).await?.count()
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let mut writing = self.pools.acquire().await.map_err(to_db_err)?;
        let start = Instant::now();
        let work = async |writing: &mut WriteConnection| writing.run_unprepared(sql).await;
        let done = in_own_transaction(&mut writing, work).await;
        self.monitor.record_statement(start, sql);
        self.monitor.record_write(&done);
        match &done {
            // A text of several statements may have begun a transaction; the drop rolls it back.
            Ok(_) => drop(writing),
            Err(error) => writing.release_after(error),
        }
        done.map_err(to_db_err)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Ok(self.query_all_raw(statement).await?.into_iter().next())
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        Ok(self.run(statement, ResultKind::Rows).await?.rows())
    }
}
