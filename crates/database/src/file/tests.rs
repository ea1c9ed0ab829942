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
