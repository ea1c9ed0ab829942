//! Connections to SQLite: one that writes, and several that read.
//!
//! A thread of its own runs each statement, and continues after the caller was dropped. Therefore
//! a progress handler checks every thousand steps whether the statement's deadline has passed.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use sqlx::{
    ConnectOptions, Connection, Executor, SqliteConnection, SqlitePool,
    pool::PoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tokio::time::sleep;

use crate::{
    failure::is_busy_file,
    pool::{ACQUIRE_TIMEOUT, Pool, Pooled},
};

/// Steps of SQLite's virtual machine between two checks of the deadline.
const PROGRESS_STEPS: i32 = 1_000;
/// More readers than cores, because each waits for its own thread.
const READERS: u32 = 4;
/// Pause before a locked file is opened again, at startup.
const PAUSE: Duration = Duration::from_millis(10);

/// Options for opening a connection.
pub(crate) struct Options {
    file: SqliteConnectOptions,
    /// Timeout of a statement.
    statement_timeout: Option<Duration>,
}

/// A connection and the deadline of its statement.
pub(crate) struct Sqlite {
    pub(crate) connection: SqliteConnection,
    deadline: Arc<Deadline>,
    statement_timeout: Option<Duration>,
}

/// A deadline in nanoseconds after a base instant.
struct Deadline {
    since: Instant,
    after: AtomicU64,
}

impl Deadline {
    fn set(&self, after: Option<Duration>) {
        let nanos = |after: Duration| u64::try_from((self.since.elapsed() + after).as_nanos());
        let after = after.map_or(Ok(u64::MAX), nanos);
        self.after.store(after.unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        let after = self.after.load(Ordering::Relaxed);
        after != u64::MAX && self.since.elapsed() >= Duration::from_nanos(after)
    }
}

impl Pooled for Sqlite {
    type Options = Options;

    const TESTED_AFTER: Option<Duration> = None;

    async fn open(Options { file, statement_timeout }: &Options) -> sqlx::Result<Self> {
        let mut connection = file.connect().await?;
        let after = AtomicU64::new(u64::MAX);
        let deadline = Arc::new(Deadline { since: Instant::now(), after });
        let handler_deadline = Arc::clone(&deadline);
        connection
            .lock_handle()
            .await?
            .set_progress_handler(PROGRESS_STEPS, move || !handler_deadline.is_over());
        Ok(Self { connection, deadline, statement_timeout: *statement_timeout })
    }

    fn before_use(&mut self) {
        self.deadline.set(self.statement_timeout);
    }

    async fn test(&mut self) -> sqlx::Result<()> {
        self.connection.ping().await
    }

    async fn reset(&mut self) -> bool {
        self.deadline.set(Some(Duration::ZERO));
        // The ping is answered after the statement has ended.
        if self.connection.ping().await.is_err() {
            return false;
        }
        self.deadline.set(None);
        match self.connection.execute("ROLLBACK").await {
            Ok(_) => true,
            Err(error) => has_message(&error, "no transaction is active"),
        }
    }

    async fn close(self) -> sqlx::Result<()> {
        self.connection.close().await
    }
}

impl Sqlite {
    /// Begins a transaction. Fails if there is one.
    pub(crate) async fn begin(&mut self) -> sqlx::Result<()> {
        self.connection.execute("BEGIN IMMEDIATE").await.map(drop)
    }

    /// Whether the transaction is still open after a failed statement.
    pub(crate) async fn is_in_transaction(&mut self) -> bool {
        let begun = self.connection.execute("BEGIN").await;
        begun.is_err_and(|error| is_within_transaction(&error))
    }

    /// Fails unless all of the transaction is in the database.
    pub(crate) async fn commit(&mut self) -> sqlx::Result<()> {
        self.connection.execute("COMMIT").await.map(drop)
    }
}

/// Whether BEGIN failed because a transaction is open.
pub(crate) fn is_within_transaction(error: &sqlx::Error) -> bool {
    has_message(error, "within a transaction")
}

fn has_message(error: &sqlx::Error, text: &str) -> bool {
    error.as_database_error().is_some_and(|error| error.message().contains(text))
}

/// Options shared by all connections. They never create the file: a deleted database must not be
/// replaced by an empty one.
fn options(path: &Path) -> SqliteConnectOptions {
    let file = SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(ACQUIRE_TIMEOUT)
        .foreign_keys(true)
        .statement_cache_capacity(256)
        .pragma("cache_size", "-16384")
        .pragma("mmap_size", "134217728")
        .pragma("temp_store", "memory");
    file.disable_statement_logging()
}

/// Opens the connection that writes; SQLite allows one writer at a time.
pub(crate) async fn open_writer(path: &Path) -> sqlx::Result<Arc<Pool<Sqlite>>> {
    let file = options(path)
        .journal_mode(SqliteJournalMode::Wal)
        // SQLite truncates a large write-ahead log when it restarts the log.
        .pragma("journal_size_limit", "16777216")
        .synchronous(SqliteSynchronous::Full);
    // When several processes switch a new file to write-ahead logging at once, SQLite does not
    // wait, despite its busy timeout.
    let start = Instant::now();
    loop {
        match Pool::open(Options { file: file.clone(), statement_timeout: None }, 1).await {
            Err(error) if is_busy_file(&error) && start.elapsed() < ACQUIRE_TIMEOUT => {
                sleep(PAUSE).await;
            }
            opened => return opened,
        }
    }
}

/// Opens the connections that read.
pub(crate) async fn open_readers(
    path: &Path,
    statement_timeout: Option<Duration>,
) -> sqlx::Result<Arc<Pool<Sqlite>>> {
    Pool::open(Options { file: options(path).read_only(true), statement_timeout }, READERS).await
}

/// Opens sqlx's own pool with one connection that writes, for migrations.
pub(crate) async fn dedicated(options: &Options) -> sqlx::Result<SqlitePool> {
    let one = PoolOptions::new().max_connections(1).acquire_timeout(ACQUIRE_TIMEOUT);
    one.connect_with(options.file.clone()).await
}

#[cfg(test)]
mod tests {
    use domain::Error;
    use sea_orm::{ConnectionTrait, DbBackend, Statement};
    use tokio::time::timeout;

    use super::*;
    use crate::{Database, DatabaseUrl, internal};

    fn statement(sql: &str) -> Statement {
        Statement::from_string(DbBackend::Sqlite, sql)
    }

    /// A statement that would return a row only after the last number.
    const ENDLESS: &str = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)
        SELECT max(n) FROM c";

    #[tokio::test]
    async fn a_statement_over_its_timeout_fails_as_busy() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite(folder.path().join("b.db"));
        let db = Database::connect(&url).await.unwrap();
        let db = db.with_statement_timeout(&url, None, Duration::from_millis(5)).await.unwrap();
        let ended = db.reader().query_one_raw(statement(ENDLESS)).await;
        assert!(matches!(internal(ended.unwrap_err()), Error::Busy));
        db.close().await.unwrap();
    }

    #[tokio::test]
    async fn a_dropped_statement_ends_and_frees_its_connection() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite(folder.path().join("b.db"));
        let db = Database::connect(&url).await.unwrap();
        // More than there are connections.
        for _ in 0..10 {
            let read = db.reader().query_one_raw(statement(ENDLESS));
            assert!(timeout(Duration::from_millis(20), read).await.is_err());
        }
        assert!(db.reader().query_one_raw(statement("SELECT 1")).await.unwrap().is_some());
        // Closing waits for all connections.
        db.close().await.unwrap();
    }
}
