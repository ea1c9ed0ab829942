//! Checks of the SQLite file and its write-ahead log in the file system.
//!
//! SQLite does not notice when the file at the path is replaced: later writes are lost with the
//! process. This process must not open the file in addition to SQLite, because closing it would
//! release SQLite's locks. So the checks read only the file's metadata, and SQLite reads the
//! header.

use std::{
    ffi::OsString,
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use domain::{Error, Result};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use sqlx::{ConnectOptions, Connection, Executor, Row, sqlite::SqliteConnectOptions};
use tokio::task::spawn_blocking;

use crate::Database;

/// A write-ahead log above this size is truncated when no connection reads from it.
const MAX_WAL_BYTES: u64 = 64 << 20;
/// Maximum time that a writer waits for the truncation.
const TRUNCATE_TIMEOUT: Duration = Duration::from_millis(250);
/// `SQLITE_NOTADB`.
const NO_DATABASE: i32 = 26;

/// The file of an open database.
#[derive(Debug)]
pub(crate) struct DatabaseFile {
    path: PathBuf,
    /// Device and inode.
    identity: (u64, u64),
    /// Largest size seen.
    bytes: AtomicU64,
    /// Locked during a check, so that an unresponsive file system blocks only one thread.
    checking: Mutex<()>,
}

impl DatabaseFile {
    /// Records the identity of the file at `path`, which has just been opened.
    pub(crate) fn opened(path: &Path) -> io::Result<Arc<Self>> {
        let metadata = fs::metadata(path)?;
        Ok(Arc::new(Self {
            path: path.to_owned(),
            identity: (metadata.dev(), metadata.ino()),
            bytes: AtomicU64::new(metadata.len()),
            checking: Mutex::default(),
        }))
    }

    /// Returns the size of the file at the path. Fails unless it is the file that was opened.
    fn size(&self) -> io::Result<u64> {
        let Ok(_looking) = self.checking.try_lock() else {
            return Err(io::Error::other("its file system does not answer"));
        };
        let metadata = fs::metadata(&self.path)?;
        if (metadata.dev(), metadata.ino()) == self.identity {
            Ok(metadata.len())
        } else {
            Err(io::Error::other("another file is at its path"))
        }
    }

    /// Fails unless the file at the path is the one that was opened.
    pub(crate) async fn assert_in_place(self: &Arc<Self>) -> sqlx::Result<()> {
        let file = Arc::clone(self);
        // An unresponsive file system must not block the threads of the runtime.
        let metadata = spawn_blocking(move || {
            fs::metadata(&file.path).map(|found| (found.dev(), found.ino()) == file.identity)
        });
        match metadata.await {
            Ok(Ok(true)) => Ok(()),
            _ => {
                Err(io::Error::new(io::ErrorKind::NotFound, "the database's file was removed")
                    .into())
            }
        }
    }

    /// Size of the write-ahead log in bytes; zero without one.
    fn wal_bytes(&self) -> u64 {
        fs::metadata(wal_path(&self.path)).map_or(0, |metadata| metadata.len())
    }
}

impl Database {
    /// Fails unless the open SQLite file is the file at its path, with an intact size and header.
    /// Does nothing on PostgreSQL.
    pub async fn check_file(&self) -> Result<()> {
        let Some(file) = self.file().cloned() else { return Ok(()) };
        let looked = Arc::clone(&file);
        let looked = spawn_blocking(move || looked.size()).await.map_err(Error::internal)?;
        let bytes = looked.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Error::internal(io::Error::other("no file is at its path")),
            _ => Error::internal(error),
        })?;
        // VACUUM also shrinks the file, and then reduces the number of pages.
        let is_smaller = bytes < file.bytes.load(Ordering::Relaxed);
        if bytes == 0 || is_smaller && bytes < self.bytes_of_pages().await? {
            return Err(Error::internal(io::Error::other("its file was truncated")));
        }
        if !has_header(&file.path).await {
            return Err(Error::internal(io::Error::other("its file was overwritten")));
        }
        file.bytes.store(bytes, Ordering::Relaxed);
        Ok(())
    }

    async fn bytes_of_pages(&self) -> Result<u64> {
        let sql = "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size";
        let select = Statement::from_string(DbBackend::Sqlite, sql);
        let row = self.reader().query_one_raw(select).await.map_err(Error::internal)?;
        let bytes: Option<i64> =
            row.map(|row| row.try_get("", "bytes")).transpose().map_err(Error::internal)?;
        Ok(bytes.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default())
    }

    /// Size of the write-ahead log of an SQLite file in bytes.
    #[must_use]
    pub fn wal_bytes(&self) -> u64 {
        self.file().map_or(0, |file| file.wal_bytes())
    }

    /// Truncates a large write-ahead log of SQLite if no connection reads from it. SQLite itself
    /// does so only when a writer finds the log copied and no reader, which may never happen
    /// under load. A writer waits briefly at most.
    pub async fn shrink_wal(&self) -> Result<()> {
        let Some(file) = self.file().filter(|file| file.wal_bytes() > MAX_WAL_BYTES) else {
            return Ok(());
        };
        shrink(&file.path).await.map_err(Error::internal)
    }
}

async fn shrink(path: &Path) -> sqlx::Result<()> {
    let options = SqliteConnectOptions::new().filename(path).busy_timeout(TRUNCATE_TIMEOUT);
    let mut connection = options.disable_statement_logging().connect().await?;
    // This copy blocks no writer.
    let row = connection.fetch_one("PRAGMA wal_checkpoint(PASSIVE)").await?;
    let (pages, copied): (i64, i64) = (row.try_get("log")?, row.try_get("checkpointed")?);
    if pages == copied {
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await?;
    }
    connection.close().await
}

/// Whether the file, without its log, begins with SQLite's header. SQLite opens the file, so that
/// its locks are kept. Only a wrong header is reported; other failures may result from a
/// concurrent checkpoint.
async fn has_header(path: &Path) -> bool {
    let file = SqliteConnectOptions::new().filename(path).immutable(true).read_only(true);
    let read = async {
        let mut connection = file.disable_statement_logging().connect().await?;
        connection.execute("PRAGMA schema_version").await?;
        connection.close().await
    };
    match read.await {
        Err(error) => {
            let error = error.as_database_error();
            let code =
                error.and_then(sqlx::error::DatabaseError::code).and_then(|code| code.parse().ok());
            code != Some(NO_DATABASE)
        }
        Ok(()) => true,
    }
}

/// The write-ahead log beside a database.
fn wal_path(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push("-wal");
    name.into()
}

#[cfg(test)]
mod tests;
