//! SQLite's connections: one that writes, and several that read.
//!
//! A statement is stepped by a thread of its own, which goes on when nobody waits for it
//! any more. Each connection therefore asks, every thousand steps, whether its statement
//! is still wanted.

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

/// After so many steps of its virtual machine SQLite asks whether to go on.
const STEPS: i32 = 1_000;
/// More readers than cores, as each waits for its own thread's answer.
const READERS: u32 = 4;
/// How long until a locked file is tried again at the start.
const PAUSE: Duration = Duration::from_millis(10);

/// What a connection is opened with.
pub(crate) struct Options {
    file: SqliteConnectOptions,
    /// How long a statement may take.
    longest: Option<Duration>,
}

/// A connection, and when its statement must end.
pub(crate) struct Sqlite {
    pub(crate) connection: SqliteConnection,
    deadline: Arc<Deadline>,
    longest: Option<Duration>,
}

/// Nanoseconds after an instant.
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

    async fn open(Options { file, longest }: &Options) -> sqlx::Result<Self> {
        let mut connection = file.connect().await?;
        let after = AtomicU64::new(u64::MAX);
        let deadline = Arc::new(Deadline { since: Instant::now(), after });
        let asked = Arc::clone(&deadline);
        connection.lock_handle().await?.set_progress_handler(STEPS, move || !asked.is_over());
        Ok(Self { connection, deadline, longest: *longest })
    }

    fn before_use(&mut self) {
        self.deadline.set(self.longest);
    }

    async fn test(&mut self) -> sqlx::Result<()> {
        self.connection.ping().await
    }

    async fn reset(&mut self) -> bool {
        self.deadline.set(Some(Duration::ZERO));
        // Answered when the statement has ended.
        if self.connection.ping().await.is_err() {
            return false;
        }
        self.deadline.set(None);
        match self.connection.execute("ROLLBACK").await {
            Ok(_) => true,
            Err(error) => says(&error, "no transaction is active"),
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

    /// Whether the transaction outlived a statement that failed.
    pub(crate) async fn is_in_transaction(&mut self) -> bool {
        let begun = self.connection.execute("BEGIN").await;
        begun.is_err_and(|error| is_within_transaction(&error))
    }

    /// Fails unless all of the transaction is in the database.
    pub(crate) async fn commit(&mut self) -> sqlx::Result<()> {
        self.connection.execute("COMMIT").await.map(drop)
    }
}

/// Whether a transaction did not begin because there is one.
pub(crate) fn is_within_transaction(error: &sqlx::Error) -> bool {
    says(error, "within a transaction")
}

fn says(error: &sqlx::Error, text: &str) -> bool {
    error.as_database_error().is_some_and(|error| error.message().contains(text))
}

/// The file as every connection opens it; it is never made, as one that is gone is not
/// an empty one.
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

/// Opens the connection that writes: SQLite takes one writer at a time.
pub(crate) async fn open_writer(path: &Path) -> sqlx::Result<Arc<Pool<Sqlite>>> {
    let file = options(path)
        .journal_mode(SqliteJournalMode::Wal)
        // A log that a long read let grow shrinks when it begins anew.
        .pragma("journal_size_limit", "16777216")
        .synchronous(SqliteSynchronous::Full);
    // When several switch a new file to write-ahead logging at once, SQLite does not
    // wait, whatever its busy timeout.
    let start = Instant::now();
    loop {
        match Pool::open(Options { file: file.clone(), longest: None }, 1).await {
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
    longest: Option<Duration>,
) -> sqlx::Result<Arc<Pool<Sqlite>>> {
    Pool::open(Options { file: options(path).read_only(true), longest }, READERS).await
}

/// sqlx's own pool, of one connection that writes: migrations need it.
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

    /// It has a row when there is no further number.
    const ENDLESS: &str = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)
        SELECT max(n) FROM c";

    #[tokio::test]
    async fn a_statement_that_takes_too_long_ends_as_busy() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite(folder.path().join("b.db"));
        let db = Database::connect(&url).await.unwrap();
        let db = db.within(&url, None, Duration::from_millis(5)).await.unwrap();
        let ended = db.reader().query_one_raw(statement(ENDLESS)).await;
        assert!(matches!(internal(ended.unwrap_err()), Error::Busy));
        db.close().await.unwrap();
    }

    #[tokio::test]
    async fn a_statement_that_nobody_waits_for_ends_and_gives_its_connection_back() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite(folder.path().join("b.db"));
        let db = Database::connect(&url).await.unwrap();
        // More than there are connections.
        for _ in 0..10 {
            let read = db.reader().query_one_raw(statement(ENDLESS));
            assert!(timeout(Duration::from_millis(20), read).await.is_err());
        }
        assert!(db.reader().query_one_raw(statement("SELECT 1")).await.unwrap().is_some());
        // Waits for all of them.
        db.close().await.unwrap();
    }
}
