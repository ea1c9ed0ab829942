//! The SQLite file and its write-ahead log, as the file system knows them.
//!
//! SQLite does not notice when the file that it has open is no longer the one at its path:
//! what is written then is lost with the process. Nor may this process open the file besides
//! SQLite, as closing it would give up SQLite's locks; so it asks for the file's metadata, and
//! SQLite for its header.

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

use crate::{Database, internal};

/// A write-ahead log above so many bytes is emptied when nobody reads from it.
const LARGE: u64 = 64 << 20;
/// How long who writes may wait for that.
const BRIEFLY: Duration = Duration::from_millis(250);
/// `SQLITE_NOTADB`.
const NO_DATABASE: i32 = 26;

/// The file of an open database.
#[derive(Debug)]
pub(crate) struct DatabaseFile {
    path: PathBuf,
    /// Device and inode.
    identity: (u64, u64),
    /// The most bytes that it had.
    bytes: AtomicU64,
    /// Held by who looks at it: a file system that hangs holds one thread.
    looking: Mutex<()>,
}

impl DatabaseFile {
    /// The file at `path`, which has just been opened.
    pub(crate) fn opened(path: &Path) -> io::Result<Arc<Self>> {
        let metadata = fs::metadata(path)?;
        Ok(Arc::new(Self {
            path: path.to_owned(),
            identity: (metadata.dev(), metadata.ino()),
            bytes: AtomicU64::new(metadata.len()),
            looking: Mutex::default(),
        }))
    }

    /// How many bytes the file at the path has. Fails unless it is the one that was opened.
    fn look(&self) -> io::Result<u64> {
        let Ok(_looking) = self.looking.try_lock() else {
            return Err(io::Error::other("its file system does not answer"));
        };
        let metadata = fs::metadata(&self.path)?;
        if (metadata.dev(), metadata.ino()) == self.identity {
            Ok(metadata.len())
        } else {
            Err(io::Error::other("another file is at its path"))
        }
    }

    /// How many bytes the write-ahead log has; none if there is none.
    fn log_bytes(&self) -> u64 {
        fs::metadata(log(&self.path)).map_or(0, |metadata| metadata.len())
    }
}

impl Database {
    /// Fails unless the open SQLite file is the one at its path, and whole as far as its size
    /// and its header tell. PostgreSQL has none.
    pub async fn check_file(&self) -> Result<()> {
        let Some(file) = self.file().cloned() else { return Ok(()) };
        let looked = Arc::clone(&file);
        let looked = spawn_blocking(move || looked.look()).await.map_err(Error::internal)?;
        let bytes = looked.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Error::internal(io::Error::other("no file is at its path")),
            _ => Error::internal(error),
        })?;
        // It becomes smaller by VACUUM, and then has fewer pages.
        if bytes < file.bytes.load(Ordering::Relaxed) && bytes < self.bytes_of_pages().await? {
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
        let row = self.reader().query_one_raw(select).await.map_err(internal)?;
        let bytes: Option<i64> =
            row.map(|row| row.try_get("", "bytes")).transpose().map_err(internal)?;
        Ok(bytes.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default())
    }

    /// How many bytes the write-ahead log of an SQLite file has.
    #[must_use]
    pub fn log_bytes(&self) -> u64 {
        self.file().map_or(0, |file| file.log_bytes())
    }

    /// Empties a large write-ahead log of SQLite, if nobody reads what is in it. SQLite does so
    /// only when a writer finds it copied to the file and nobody reading, which under load may
    /// never be. Who writes waits briefly at most.
    pub async fn shrink_log(&self) -> Result<()> {
        let Some(file) = self.file().filter(|file| file.log_bytes() > LARGE) else {
            return Ok(());
        };
        shrink(&file.path).await.map_err(Error::internal)
    }
}

async fn shrink(path: &Path) -> sqlx::Result<()> {
    let options = SqliteConnectOptions::new().filename(path).busy_timeout(BRIEFLY);
    let mut connection = options.disable_statement_logging().connect().await?;
    // Nobody waits while this copies.
    let row = connection.fetch_one("PRAGMA wal_checkpoint(PASSIVE)").await?;
    let (pages, copied): (i64, i64) = (row.try_get("log")?, row.try_get("checkpointed")?);
    if pages == copied {
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await?;
    }
    connection.close().await
}

/// Whether the file, without its log, begins as a database. SQLite opens it, so that its locks
/// are kept; other failures than a wrong header may come of the log that is being copied.
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
            let code = error.and_then(|error| error.code()).and_then(|code| code.parse().ok());
            code != Some(NO_DATABASE)
        }
        Ok(()) => true,
    }
}

/// The write-ahead log beside a database.
fn log(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push("-wal");
    name.into()
}
