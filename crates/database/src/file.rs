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

use crate::Database;

/// A write-ahead log above so many bytes is emptied when no connection reads from it.
const LARGE: u64 = 64 << 20;
/// How long a writer may wait for that.
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
    /// Locked during a check: a file system that hangs holds one thread.
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

    /// Fails unless the file at the path is the one that was opened.
    pub(crate) async fn assert_in_place(self: &Arc<Self>) -> sqlx::Result<()> {
        let file = Arc::clone(self);
        // A file system that hangs must not hold what other requests run on.
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

    /// How many bytes the write-ahead log of an SQLite file has.
    #[must_use]
    pub fn log_bytes(&self) -> u64 {
        self.file().map_or(0, |file| file.log_bytes())
    }

    /// Empties a large write-ahead log of SQLite, if nobody reads what is in it. SQLite does so
    /// only when a writer finds it copied to the file and nobody reading, which under load may
    /// never be. A writer waits briefly at most.
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
    // No writer waits while this copies.
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
            let code =
                error.and_then(sqlx::error::DatabaseError::code).and_then(|code| code.parse().ok());
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

    fn said(checked: Result<()>) -> String {
        match checked.unwrap_err() {
            Error::Internal(source) => source.to_string(),
            error => error.to_string(),
        }
    }

    #[tokio::test]
    async fn a_file_that_is_gone_or_another_one_is_found_out() {
        let (folder, path, db) = database().await;
        db.check_file().await.unwrap();
        let away = folder.path().join("away.db");
        fs::rename(&path, &away).unwrap();
        assert!(said(db.check_file().await).contains("no file"));
        // Nor is anything acknowledged that would be lost.
        assert!(matches!(db.begin().await, Err(Error::Busy)));
        let insert = db.writer().execute_unprepared("INSERT INTO t VALUES (1)").await;
        assert!(matches!(insert.map_err(internal), Err(Error::Busy)));
        fs::copy(&away, &path).unwrap();
        assert!(said(db.check_file().await).contains("another file"));
        fs::rename(&away, &path).unwrap();
        db.check_file().await.unwrap();
    }

    #[tokio::test]
    async fn a_file_that_was_truncated_or_overwritten_is_found_out() {
        for kept in [0, 4_096, 8_192] {
            let (_folder, path, db) = database().await;
            write(&db, "INSERT INTO t VALUES (zeroblob(100000))").await;
            write(&db, "PRAGMA wal_checkpoint(TRUNCATE)").await;
            db.check_file().await.unwrap();
            fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(kept).unwrap();
            assert!(!said(db.check_file().await).is_empty(), "{kept}");
        }
        let (_folder, path, db) = database().await;
        write(&db, "PRAGMA wal_checkpoint(TRUNCATE)").await;
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.write_all_at(&[b'x'; 4_096], 0).unwrap();
        assert!(said(db.check_file().await).contains("overwritten"));
    }

    #[tokio::test]
    async fn a_file_that_vacuum_made_smaller_is_well() {
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
    async fn looking_at_the_file_leaves_sqlites_locks() {
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
    async fn a_log_that_grew_behind_a_long_read_shrinks_after_it() {
        let (_folder, path, db) = database().await;
        let mut reader = elsewhere(&path).await;
        run(&mut reader, "BEGIN; SELECT count(*) FROM t").await;
        write(&db, "INSERT INTO t VALUES (zeroblob(70000000))").await;
        assert!(db.log_bytes() > LARGE);
        db.shrink_log().await.unwrap();
        assert!(db.log_bytes() > LARGE);
        write(&db, "INSERT INTO t VALUES (1)").await;

        run(&mut reader, "COMMIT").await;
        db.shrink_log().await.unwrap();
        assert_eq!(db.log_bytes(), 0);
        write(&db, "INSERT INTO t VALUES (1)").await;
    }

    #[tokio::test]
    async fn a_log_that_begins_anew_gives_its_space_back() {
        let (_folder, _path, db) = database().await;
        write(&db, "INSERT INTO t VALUES (zeroblob(20000000))").await;
        for _ in 0..3 {
            write(&db, "PRAGMA wal_checkpoint(RESTART)").await;
            write(&db, "INSERT INTO t VALUES (1)").await;
        }
        assert!(db.log_bytes() <= 16 << 20, "{}", db.log_bytes());
    }
}
