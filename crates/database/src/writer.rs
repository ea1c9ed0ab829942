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
    failure::{failed, is_lost, is_unavailable},
    outage::Outage,
    write_connection::{ResultKind, StatementResult, WriteConnection, WritePools},
};

/// Runs single statements that write; each is its own transaction. Cheap to clone; clones share
/// the connections.
#[derive(Clone, Debug)]
pub struct Writer {
    writers: WritePools,
    monitor: Arc<WriteMonitor>,
}

/// Monitors statements that write.
#[derive(Debug)]
pub(crate) struct WriteMonitor {
    statements: Arc<AtomicU64>,
    /// Number of committed writes.
    written: AtomicU64,
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
                self.written.fetch_add(1, Ordering::Relaxed);
                self.outage.end();
            }
            // A lost connection says nothing about the next one.
            Err(error) if is_unavailable(error) && (!is_lost(error) || is_of_file(error)) => {
                self.outage.begin(error);
            }
            Err(_) => {}
        }
    }
}

fn is_of_file(error: &sqlx::Error) -> bool {
    if let sqlx::Error::Io(error) = error {
        return error.kind() == io::ErrorKind::NotFound;
    }
    let error = error.as_database_error();
    error.is_some_and(|error| error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some())
}

impl Writer {
    pub(crate) fn new(writers: WritePools, statements: Arc<AtomicU64>) -> Self {
        let outage =
            Outage::new("the database does not take writes", "the database takes writes again");
        Self {
            writers,
            monitor: Arc::new(WriteMonitor { statements, written: AtomicU64::default(), outage }),
        }
    }

    /// Begins a transaction.
    pub(crate) async fn begin(&self) -> sqlx::Result<WriteConnection> {
        let begun = self.writers.begin().await;
        if begun.is_err() {
            self.monitor.record_write(&begun);
        }
        begun
    }

    pub(crate) fn writers(&self) -> &WritePools {
        &self.writers
    }

    pub(crate) async fn close(&self, deadline: tokio::time::Instant) -> sqlx::Result<()> {
        match &self.writers {
            WritePools::Sqlite(pool, _) => pool.close(deadline).await,
            WritePools::Postgres(pool) => pool.close(deadline).await,
        }
    }

    /// Number of committed writes.
    pub(crate) fn committed(&self) -> u64 {
        self.monitor.written.load(Ordering::Relaxed)
    }

    pub(crate) fn monitor(&self) -> &Arc<WriteMonitor> {
        &self.monitor
    }

    async fn run(&self, statement: Statement, want: ResultKind) -> Result<StatementResult, DbErr> {
        let mut writing = self.writers.acquire().await.map_err(failed)?;
        let (start, sql) = (Instant::now(), statement.sql.clone());
        let answer = alone(&mut writing, async |writing| writing.run(statement, want).await).await;
        self.monitor.record_statement(start, &sql);
        self.monitor.record_write(&answer);
        match &answer {
            Ok(_) => writing.finish(),
            Err(error) => writing.release_after(error),
        }
        answer.map_err(failed)
    }
}

/// Runs a statement as its own transaction.
async fn alone<T>(
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
        self.writers.backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.run(statement, ResultKind::Count).await?.count()
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let mut writing = self.writers.acquire().await.map_err(failed)?;
        let start = Instant::now();
        let done = alone(&mut writing, async |writing| writing.run_unprepared(sql).await).await;
        self.monitor.record_statement(start, sql);
        self.monitor.record_write(&done);
        match &done {
            // Several statements in one text may have begun a transaction. The drop ends it.
            Ok(_) => drop(writing),
            Err(error) => writing.release_after(error),
        }
        done.map_err(failed)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Ok(self.query_all_raw(statement).await?.into_iter().next())
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        Ok(self.run(statement, ResultKind::Rows).await?.rows())
    }
}
