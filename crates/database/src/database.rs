//! The connections: SQLite with one writer and several readers, or PostgreSQL.

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

/// How long the end waits for what is still running.
const CLOSING: Duration = Duration::from_secs(5);
/// A statement slower than this is worth a warning.
const SLOW: Duration = Duration::from_millis(250);

/// The open database. Cheap to clone; clones share the connections.
///
/// SQLite takes one writer at a time. Writes therefore queue for one connection
/// and begin immediately, instead of failing halfway when they meet; reads have
/// connections of their own and never wait for a write.
#[derive(Clone, Debug)]
pub struct Database {
    reader: Reader,
    writer: Writer,
    /// None on PostgreSQL.
    file: Option<Arc<DatabaseFile>>,
}

impl Database {
    /// Opens the database; an SQLite file is made, with its folder, when missing.
    /// Statements may take as long as they do.
    pub async fn connect(url: &DatabaseUrl) -> Result<Self> {
        Self::open(url, None, None).await
    }

    /// Connects anew, so that no statement takes longer than this: a database goes on
    /// with one for which nobody waits any more, and so would keep its connection, the
    /// locks and a core. Such a statement fails with [`Error::Busy`]. SQLite, which knows
    /// no such limit for what is written, has one for what is read. Statements go through
    /// `pooler`, which is one of this PostgreSQL database in transaction mode.
    pub async fn within(
        self,
        url: &DatabaseUrl,
        pooler: Option<&DatabaseUrl>,
        longest: Duration,
    ) -> Result<Self> {
        self.close().await?;
        Self::open(url, pooler, Some(longest)).await
    }

    async fn open(
        url: &DatabaseUrl,
        pooler: Option<&DatabaseUrl>,
        longest: Option<Duration>,
    ) -> Result<Self> {
        let (writers, readers, file) = match &url.0 {
            Kind::Sqlite(path) => {
                private::create_file(path).map_err(Error::internal)?;
                let writer = sqlite::open_writer(path).await.map_err(Error::internal)?;
                let readers = sqlite::open_readers(path, longest).await.map_err(Error::internal)?;
                let file = DatabaseFile::opened(path).map_err(Error::internal)?;
                (
                    WritePools::Sqlite(writer, Arc::clone(&file)),
                    Readers::Sqlite(readers),
                    Some(file),
                )
            }
            Kind::Postgres(url) => {
                let pooler = pooler.and_then(DatabaseUrl::server);
                let pool = postgres::open(url.as_str(), pooler, longest).await;
                let pool = pool.map_err(Error::internal)?;
                (WritePools::Postgres(Arc::clone(&pool)), Readers::Postgres(pool), None)
            }
        };
        let statements = Arc::new(AtomicU64::new(0));
        let reader = Reader::new(readers, Arc::clone(&statements));
        Ok(Self { reader, writer: Writer::new(writers, statements), file })
    }

    /// The same database, as a request reads it: what it reads counts for `reservation`.
    #[must_use]
    pub fn reserving(&self, reservation: &Arc<Reservation>) -> Self {
        let reader = self.reader.reserving(reservation);
        Self { reader, writer: self.writer.clone(), file: self.file.clone() }
    }

    /// The SQLite file; none on PostgreSQL.
    pub(crate) fn file(&self) -> Option<&Arc<DatabaseFile>> {
        self.file.as_ref()
    }

    /// Connections to read with.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// For single statements that write.
    #[must_use]
    pub fn writer(&self) -> &Writer {
        &self.writer
    }

    /// A connection of its own for who begins transactions through sea-orm, which nobody
    /// else may: for migrations. It ends when it is closed or dropped, and with it what is
    /// not committed.
    pub async fn dedicated(&self) -> Result<DatabaseConnection> {
        let own = match self.writer.writers() {
            WritePools::Sqlite(pool, _) => sqlite::dedicated(pool.options()).await.map(Into::into),
            WritePools::Postgres(pool) => postgres::dedicated(pool.options()).await.map(Into::into),
        };
        own.map_err(Error::internal)
    }

    /// How many reads were answered since the start.
    #[must_use]
    pub fn reads(&self) -> u64 {
        self.reader.answered()
    }

    /// How many writes, transactions or single statements, were committed since the start.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.writer.written()
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

    /// Ends every connection; SQLite folds its write-ahead log into the file. Waits
    /// only so long for what hangs.
    pub async fn close(&self) -> Result<()> {
        let deadline = Instant::now() + CLOSING;
        self.reader.close(deadline).await.map_err(Error::internal)?;
        self.writer.close(deadline).await.map_err(Error::internal)
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

/// Bytes of a statement that are logged: one that writes many rows has thousands of marks.
const LOGGED: usize = 1_000;

/// Counts a statement, and logs it if it took long.
pub(crate) fn note(statements: &AtomicU64, elapsed: Duration, sql: &str) {
    statements.fetch_add(1, Ordering::Relaxed);
    if elapsed > SLOW {
        let millis = elapsed.as_millis();
        let (sql, _) = sql.split_at(sql.floor_char_boundary(LOGGED));
        tracing::warn!(millis, sql, "slow statement");
    }
}

/// Whether rows come from PostgreSQL; otherwise from SQLite.
#[must_use]
pub fn is_postgres(backend: DbBackend) -> bool {
    backend == DbBackend::Postgres
}
