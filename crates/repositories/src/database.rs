//! The connections: SQLite with one writer and several readers, or PostgreSQL.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use domain::{Error, Result};
use sea_orm::{
    ConnectOptions, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, RuntimeErr,
    SqliteTransactionMode, TransactionOptions, TransactionTrait, metric,
};
use sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tokio::time::{sleep, timeout};

use crate::{
    AuditRepository, AuthorRepository, BookRepository, DatabaseUrl, Reader, UserRepository,
    failure::is_locked, internal, private, readers::Readers, reservation::Reservation, url::Kind,
};

/// How long a request waits for a free connection or a locked file.
const WAIT: Duration = Duration::from_secs(5);
/// How long until a locked file is tried again at the start.
const PAUSE: Duration = Duration::from_millis(10);
/// A statement slower than this is worth a warning.
const SLOW: Duration = Duration::from_millis(250);
/// More readers than cores, as each waits for its own thread's answer.
const SQLITE_READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 16;

/// The open database. Cheap to clone; clones share the connections.
///
/// SQLite takes one writer at a time. Writes therefore queue for one connection
/// and begin immediately, instead of failing halfway when they meet; reads have
/// connections of their own and never wait for a write.
#[derive(Clone, Debug)]
pub struct Database {
    reader: Reader,
}

impl Database {
    /// Opens the database; an SQLite file is made, with its folder, when missing.
    /// Statements may take as long as they do.
    pub async fn connect(url: &DatabaseUrl) -> Result<Self> {
        Self::open(url, None).await
    }

    /// Connects anew, so that no statement takes longer than this: a database goes on
    /// with one for which nobody waits any more, and so would keep its connection, the
    /// locks and a core. Such a statement fails with [`Error::Busy`]. SQLite, which knows
    /// no such limit for what is written, has one for what is read.
    pub async fn within(self, url: &DatabaseUrl, longest: Duration) -> Result<Self> {
        self.close().await?;
        Self::open(url, Some(longest)).await
    }

    async fn open(url: &DatabaseUrl, longest: Option<Duration>) -> Result<Self> {
        let statements = Arc::new(AtomicU64::new(0));
        let (mut writer, readers) = match &url.0 {
            Kind::Sqlite(path) => {
                private::create_file(path).map_err(Error::internal)?;
                let writer = open_sqlite(path).await?;
                let file = sqlite(path).read_only(true);
                let readers = Readers::open(file, SQLITE_READERS, WAIT, longest).await;
                (writer, Some(readers.map_err(Error::internal)?))
            }
            Kind::Postgres(url) => (open_postgres(url.as_str(), longest).await?, None),
        };
        writer.set_metric_callback(watch(&statements));
        Ok(Self { reader: Reader::new(writer, readers, statements) })
    }

    /// The same database, as a request reads it: what it reads counts for `reservation`.
    #[must_use]
    pub fn reserving(&self, reservation: &Arc<Reservation>) -> Self {
        Self { reader: self.reader.reserving(reservation) }
    }

    /// Connections to read with.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// The connection for single statements that write.
    #[must_use]
    pub fn writer(&self) -> &DatabaseConnection {
        self.reader.writer()
    }

    /// Begins a transaction that may write at once. Dropped without
    /// [`Transaction::commit`], it leaves no trace.
    pub async fn begin(&self) -> Result<Transaction> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        self.writer().begin_with_options(options).await.map(Transaction).map_err(internal)
    }

    /// How many statements ran since the start.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.reader.statements()
    }

    /// Fails unless the database answers.
    pub async fn ping(&self) -> Result<()> {
        self.reader.ping().await.map_err(internal)
    }

    /// Ends every connection; SQLite folds its write-ahead log into the file.
    pub async fn close(&self) -> Result<()> {
        self.reader.close().await.map_err(internal)?;
        self.writer().close_by_ref().await.map_err(internal)
    }

    /// Books, to read.
    #[must_use]
    pub fn books(&self) -> BookRepository<'_, Reader> {
        BookRepository::new(&self.reader)
    }

    /// Authors, to read.
    #[must_use]
    pub fn authors(&self) -> AuthorRepository<'_, Reader> {
        AuthorRepository::new(&self.reader)
    }

    /// Users, to read.
    #[must_use]
    pub fn users(&self) -> UserRepository<'_, Reader> {
        UserRepository::new(&self.reader)
    }

    /// What happened to accounts, to read.
    #[must_use]
    pub fn audit(&self) -> AuditRepository<'_, Reader> {
        AuditRepository::new(&self.reader)
    }
}

/// A transaction under way.
#[derive(Debug)]
pub struct Transaction(DatabaseTransaction);

impl Transaction {
    /// Makes the writes last.
    pub async fn commit(self) -> Result<()> {
        self.0.commit().await.map_err(internal)
    }

    /// For statements of tables that have no repository here.
    #[must_use]
    pub fn connection(&self) -> &DatabaseTransaction {
        &self.0
    }

    /// Books within this transaction.
    #[must_use]
    pub fn books(&self) -> BookRepository<'_, DatabaseTransaction> {
        BookRepository::new(&self.0)
    }

    /// Authors within this transaction.
    #[must_use]
    pub fn authors(&self) -> AuthorRepository<'_, DatabaseTransaction> {
        AuthorRepository::new(&self.0)
    }

    /// Users within this transaction.
    #[must_use]
    pub fn users(&self) -> UserRepository<'_, DatabaseTransaction> {
        UserRepository::new(&self.0)
    }

    /// What happened to accounts, within this transaction.
    #[must_use]
    pub fn audit(&self) -> AuditRepository<'_, DatabaseTransaction> {
        AuditRepository::new(&self.0)
    }
}

/// Bytes of a statement that are logged: one that writes many rows has thousands of marks.
const LOGGED: usize = 1_000;

fn watch(statements: &Arc<AtomicU64>) -> impl Fn(&metric::Info<'_>) + Send + Sync + 'static {
    let statements = Arc::clone(statements);
    move |info| note(&statements, info.elapsed, &info.statement.sql)
}

/// Counts a statement, and logs it if it took long.
pub(crate) fn note(statements: &AtomicU64, elapsed: Duration, sql: &str) {
    statements.fetch_add(1, Ordering::Relaxed);
    if elapsed > SLOW {
        let millis = elapsed.as_millis();
        let (sql, _) = sql.split_at(sql.floor_char_boundary(LOGGED));
        tracing::warn!(millis, sql, "slow statement");
    }
}

fn options(url: String) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .acquire_timeout(WAIT)
        .connect_timeout(WAIT)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .test_before_acquire(false)
        .test_before_acquire_if_idle_for(Duration::from_secs(30));
    options
}

/// The file as every connection opens it.
fn sqlite(path: &Path) -> SqliteConnectOptions {
    let file = SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(WAIT)
        .foreign_keys(true)
        .statement_cache_capacity(256)
        .pragma("cache_size", "-16384")
        .pragma("mmap_size", "134217728")
        .pragma("temp_store", "memory");
    sqlx::ConnectOptions::disable_statement_logging(file)
}

async fn open_sqlite(path: &Path) -> Result<DatabaseConnection> {
    let file = sqlite(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut options = options("sqlite::memory:".to_owned());
    options
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .map_sqlx_sqlite_opts(move |_| file.clone());
    // When several switch a new file to write-ahead logging at once, SQLite does not
    // wait, whatever its busy timeout.
    let start = Instant::now();
    loop {
        match sea_orm::Database::connect(options.clone()).await {
            Err(error) if is_locked(&error) && start.elapsed() < WAIT => sleep(PAUSE).await,
            connected => return connected.map_err(Error::internal),
        }
    }
}

async fn open_postgres(url: &str, longest: Option<Duration>) -> Result<DatabaseConnection> {
    let mut options = options(url.to_owned());
    options.max_connections(POSTGRES_CONNECTIONS).set_application_name("bookplate");
    // To compile a statement takes longer than any of ours runs.
    let set = match longest {
        None => "SET jit = off".to_owned(),
        Some(longest) => {
            format!("SET jit = off; SET statement_timeout = {}", longest.as_millis())
        }
    };
    // Not among the options of the connection's start, which poolers refuse.
    options.map_sqlx_postgres_pool_opts(move |pool| {
        let set = set.clone();
        pool.after_connect(move |connection, _| {
            let set = AssertSqlSafe(set.clone());
            Box::pin(async move { connection.execute(set).await.map(drop) })
        })
    });
    match sea_orm::Database::connect(options).await {
        Ok(pool) => Ok(pool),
        Err(error) => Err(Error::internal(cause(url, error).await)),
    }
}

/// Why there is no connection. The pool tries again where one is refused, as a server
/// that starts does, and in the end tells of the time alone.
async fn cause(url: &str, error: DbErr) -> DbErr {
    let DbErr::Conn(RuntimeErr::SqlxError(reason)) = &error else { return error };
    if !matches!(**reason, sqlx::Error::PoolTimedOut) {
        return error;
    }
    match timeout(WAIT, PgConnection::connect(url)).await {
        Ok(Err(reason)) => DbErr::Conn(RuntimeErr::SqlxError(reason.into())),
        Ok(Ok(_)) | Err(_) => error,
    }
}

/// Whether rows come from PostgreSQL; otherwise from SQLite.
pub(crate) fn is_postgres(backend: DbBackend) -> bool {
    backend == DbBackend::Postgres
}
