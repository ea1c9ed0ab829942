//! The database handle: SQLite with one writer and several readers, or PostgreSQL.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use domain::{Error, Result};
use sea_orm::{DatabaseConnection, DbBackend};
use tokio::time::Instant;

use crate::{
    AuditRepository, DatabaseUrl, Reader, UserRepository, file::DatabaseFile, internal, postgres,
    private, reader::Readers, reservation::Reservation, sqlite, url::Kind,
    write_connection::WritePools, writer::Writer,
};

/// Timeout of [`Database::close`] for statements that still run.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);
/// A statement slower than this is logged as a warning.
const SLOW_STATEMENT: Duration = Duration::from_millis(250);

/// The open database. Cheap to clone; clones share the connections.
///
/// SQLite allows one writer at a time. Writes therefore queue for one connection and use `BEGIN
/// IMMEDIATE`: two transactions that write never fail because they meet. Reads have their own
/// connections and never wait for a write.
#[derive(Clone, Debug)]
pub struct Database {
    reader: Reader,
    writer: Writer,
    /// `None` on PostgreSQL.
    file: Option<Arc<DatabaseFile>>,
}

impl Database {
    /// Opens the database without a statement timeout. A missing SQLite file is created, with its
    /// folder.
    pub async fn connect(url: &DatabaseUrl) -> Result<Self> {
        Self::open(url, None, None).await
    }

    /// Reconnects with a statement timeout. Without one, the database continues a statement after
    /// its caller has left, and the statement keeps its connection, its locks and a core. A
    /// statement over the limit fails with [`Error::Busy`]. SQLite applies the limit to reads
    /// only.
    ///
    /// Statements go through `pooler`, a pooler of this PostgreSQL database in transaction mode.
    pub async fn with_statement_timeout(
        self,
        url: &DatabaseUrl,
        pooler: Option<&DatabaseUrl>,
        statement_timeout: Duration,
    ) -> Result<Self> {
        self.close().await?;
        Self::open(url, pooler, Some(statement_timeout)).await
    }

    async fn open(
        url: &DatabaseUrl,
        pooler: Option<&DatabaseUrl>,
        statement_timeout: Option<Duration>,
    ) -> Result<Self> {
        let (writers, readers, file) = match &url.0 {
            Kind::Sqlite(path) => {
                private::create_file(path).map_err(Error::internal)?;
                let writer = sqlite::open_writer(path).await.map_err(Error::internal)?;
                let readers =
                    sqlite::open_readers(path, statement_timeout).await.map_err(Error::internal)?;
                let file = DatabaseFile::opened(path).map_err(Error::internal)?;
                (
                    WritePools::Sqlite(writer, Arc::clone(&file)),
                    Readers::Sqlite(readers),
                    Some(file),
                )
            }
            Kind::Postgres(url) => {
                let pooler = pooler.and_then(DatabaseUrl::server);
                let pool = postgres::open(url.as_str(), pooler, statement_timeout).await;
                let pool = pool.map_err(Error::internal)?;
                (WritePools::Postgres(Arc::clone(&pool)), Readers::Postgres(pool), None)
            }
        };
        let statements = Arc::new(AtomicU64::new(0));
        let reader = Reader::new(readers, Arc::clone(&statements));
        Ok(Self { reader, writer: Writer::new(writers, statements), file })
    }

    /// This database for one request: the bytes of its rows are counted in `reservation`.
    #[must_use]
    pub fn reserving(&self, reservation: &Arc<Reservation>) -> Self {
        let reader = self.reader.reserving(reservation);
        Self { reader, writer: self.writer.clone(), file: self.file.clone() }
    }

    /// The SQLite file; `None` on PostgreSQL.
    pub(crate) fn file(&self) -> Option<&Arc<DatabaseFile>> {
        self.file.as_ref()
    }

    /// Returns the connections for reading.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Returns the connection for single statements that write.
    #[must_use]
    pub fn writer(&self) -> &Writer {
        &self.writer
    }

    /// Opens a dedicated connection for migrations. Only migrations may begin transactions
    /// through sea-orm. The connection ends when it is closed or dropped; an open transaction is
    /// rolled back.
    pub async fn dedicated(&self) -> Result<DatabaseConnection> {
        let own = match self.writer.pools() {
            WritePools::Sqlite(pool, _) => sqlite::dedicated(pool.options()).await.map(Into::into),
            WritePools::Postgres(pool) => postgres::dedicated(pool.options()).await.map(Into::into),
        };
        own.map_err(Error::internal)
    }

    /// Number of reads that succeeded since the start.
    #[must_use]
    pub fn reads(&self) -> u64 {
        self.reader.answered()
    }

    /// Number of writes that were committed since the start: transactions and single statements.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.writer.committed_writes()
    }

    /// Number of statements that ran since the start.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.reader.statements()
    }

    /// Fails unless the database answers.
    pub async fn ping(&self) -> Result<()> {
        self.reader.ping().await.map_err(internal)
    }

    /// Closes every connection; SQLite copies its write-ahead log into the file. Waits at most
    /// five seconds for running statements.
    pub async fn close(&self) -> Result<()> {
        let deadline = Instant::now() + CLOSE_TIMEOUT;
        self.reader.close(deadline).await.map_err(Error::internal)?;
        self.writer.close(deadline).await.map_err(Error::internal)
    }

    /// Returns the users, for reading.
    #[must_use]
    pub fn users(&self) -> UserRepository<'_, Reader> {
        UserRepository::new(&self.reader)
    }

    /// Returns the audit events, for reading.
    #[must_use]
    pub fn audit(&self) -> AuditRepository<'_, Reader> {
        AuditRepository::new(&self.reader)
    }
}

/// Maximum bytes of a logged statement. A bulk insert has thousands of parameter marks.
const MAX_LOGGED_BYTES: usize = 1_000;

/// Counts a statement and logs it if it was slow.
pub(crate) fn record_statement(statements: &AtomicU64, elapsed: Duration, sql: &str) {
    statements.fetch_add(1, Ordering::Relaxed);
    if elapsed > SLOW_STATEMENT {
        let millis = elapsed.as_millis();
        let (sql, _) = sql.split_at(sql.floor_char_boundary(MAX_LOGGED_BYTES));
        tracing::warn!(millis, sql, "slow statement");
    }
}

/// Whether the backend is PostgreSQL; otherwise SQLite.
#[must_use]
pub fn is_postgres(backend: DbBackend) -> bool {
    backend == DbBackend::Postgres
}
