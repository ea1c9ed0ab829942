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
mod tests {
    use std::os::unix::fs::FileExt;

    use sqlx::{AssertSqlSafe, SqliteConnection};
    use tempfile::TempDir;

    use super::*;
    use crate::{DatabaseUrl, internal};

    async fn database() -> (TempDir, PathBuf, Database) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.db");
        let db = Database::connect(&DatabaseUrl::sqlite(path.clone())).await.unwrap();
        write(&db, "CREATE TABLE t (x)").await;
        (folder, path, db)
    }

    async fn write(db: &Database, sql: &str) {
        db.writer().execute_unprepared(sql).await.unwrap();
    }

    async fn elsewhere(path: &Path) -> SqliteConnection {
        SqliteConnectOptions::new().filename(path).connect().await.unwrap()
    }

    async fn run(connection: &mut SqliteConnection, sql: &str) {
        connection.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
    }

    fn message(checked: Result<()>) -> String {
        match checked.unwrap_err() {
            Error::Internal(source) => source.to_string(),
            error => error.to_string(),
        }
    }

    #[tokio::test]
    async fn a_removed_or_replaced_file_is_detected() {
        let (folder, path, db) = database().await;
        db.check_file().await.unwrap();
        let moved = folder.path().join("moved.db");
        fs::rename(&path, &moved).unwrap();
        assert!(message(db.check_file().await).contains("no file"));
        // No write is acknowledged, because it would be lost.
        assert!(matches!(db.begin().await, Err(Error::Busy)));
        let insert = db.writer().execute_unprepared("INSERT INTO t VALUES (1)").await;
        assert!(matches!(insert.map_err(internal), Err(Error::Busy)));
        fs::copy(&moved, &path).unwrap();
        assert!(message(db.check_file().await).contains("another file"));
        fs::rename(&moved, &path).unwrap();
        db.check_file().await.unwrap();
    }

    #[tokio::test]
    async fn a_truncated_or_overwritten_file_is_detected() {
        for remaining in [0, 4_096, 8_192] {
            let (_folder, path, db) = database().await;
            write(&db, "INSERT INTO t VALUES (zeroblob(100000))").await;
            write(&db, "PRAGMA wal_checkpoint(TRUNCATE)").await;
            db.check_file().await.unwrap();
            fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(remaining).unwrap();
            assert!(!message(db.check_file().await).is_empty(), "{remaining}");
        }
        let (_folder, path, db) = database().await;
        write(&db, "PRAGMA wal_checkpoint(TRUNCATE)").await;
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.write_all_at(&[b'x'; 4_096], 0).unwrap();
        assert!(message(db.check_file().await).contains("overwritten"));
    }

    #[tokio::test]
    async fn a_file_that_vacuum_shrank_is_accepted() {
        let (_folder, path, db) = database().await;
        write(&db, "INSERT INTO t VALUES (zeroblob(1000000))").await;
        write(&db, "PRAGMA wal_checkpoint(TRUNCATE)").await;
        db.check_file().await.unwrap();
        let before = fs::metadata(&path).unwrap().len();
        let mut other = elsewhere(&path).await;
        for sql in ["DELETE FROM t", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"] {
            run(&mut other, sql).await;
            db.check_file().await.unwrap();
        }
        assert!(fs::metadata(&path).unwrap().len() < before);
    }

    #[tokio::test]
    async fn checking_the_file_keeps_sqlites_locks() {
        let (_folder, path, db) = database().await;
        let inode = fs::metadata(&path).unwrap().ino().to_string();
        let locks = || {
            let locks = fs::read_to_string("/proc/locks").unwrap_or_default();
            locks.lines().filter(|line| line.contains(&format!(":{inode} "))).count()
        };
        let before = locks();
        for _ in 0..3 {
            db.check_file().await.unwrap();
        }
        assert_eq!(locks(), before);
    }

    #[tokio::test]
    async fn a_log_that_grew_during_a_long_read_shrinks_afterwards() {
        let (_folder, path, db) = database().await;
        let mut reader = elsewhere(&path).await;
        run(&mut reader, "BEGIN; SELECT count(*) FROM t").await;
        write(&db, "INSERT INTO t VALUES (zeroblob(70000000))").await;
        assert!(db.wal_bytes() > MAX_WAL_BYTES);
        db.shrink_wal().await.unwrap();
        assert!(db.wal_bytes() > MAX_WAL_BYTES);
        write(&db, "INSERT INTO t VALUES (1)").await;

        run(&mut reader, "COMMIT").await;
        db.shrink_wal().await.unwrap();
        assert_eq!(db.wal_bytes(), 0);
        write(&db, "INSERT INTO t VALUES (1)").await;
    }

    #[tokio::test]
    async fn a_restarted_log_is_truncated() {
        let (_folder, _path, db) = database().await;
        write(&db, "INSERT INTO t VALUES (zeroblob(20000000))").await;
        for _ in 0..3 {
            write(&db, "PRAGMA wal_checkpoint(RESTART)").await;
            write(&db, "INSERT INTO t VALUES (1)").await;
        }
        assert!(db.wal_bytes() <= 16 << 20, "{}", db.wal_bytes());
    }
}
