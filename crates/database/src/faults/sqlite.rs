//! Fault tests of SQLite, which ends a transaction by itself when its file fails.

use domain::Error;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::test_database::{TestDatabase, insert, run};
use crate::internal;

/// A text larger than the allowed pages.
const LARGE: &str = "hex(zeroblob(50000))";
/// Limits the file until the connection that writes is closed.
const FULL: &str = "PRAGMA max_page_count = 4";

#[tokio::test]
async fn a_full_file_refuses_a_transaction_and_accepts_the_next() {
    let database = TestDatabase::sqlite().await;
    for round in 1..4 {
        database.db.writer().execute_unprepared(FULL).await.unwrap();
        for _ in 0..2 {
            let tx = database.db.begin().await.unwrap();
            // The failed insert ends the transaction.
            let large = format!("INSERT INTO item (id, text) VALUES (1, {LARGE})");
            run(&tx, FULL).await.unwrap();
            let full = run(&tx, &large).await;
            assert!(matches!(full, Err(Error::Busy)), "{full:?}");
            assert!(insert(&tx, 2).await.is_err());
            assert!(matches!(tx.commit().await, Err(Error::Busy)));
        }
        database.assert_writes(round * 10).await;
    }
    database.remove().await;
}

#[tokio::test]
async fn a_full_file_refuses_a_single_statement_and_accepts_the_next() {
    let database = TestDatabase::sqlite().await;
    database.db.writer().execute_unprepared(FULL).await.unwrap();
    let large = format!("INSERT INTO item (id, text) VALUES (1, {LARGE}) RETURNING id");
    let large = Statement::from_string(DbBackend::Sqlite, large);
    let full = database.db.writer().query_one_raw(large).await;
    assert!(matches!(internal(full.unwrap_err()), Error::Busy));
    database.assert_writes(10).await;
    assert_eq!(database.seen().await, [10, 12, 13]);
    database.remove().await;
}

/// sqlx's `fetch_one` stops at the first row and misses a later error.
#[tokio::test]
async fn a_statement_that_fails_after_its_first_row_is_an_error() {
    let database = TestDatabase::sqlite().await;
    let orphan = "INSERT INTO item (id, parent) VALUES (1, 7) RETURNING id";
    let orphan = Statement::from_string(DbBackend::Sqlite, orphan);
    assert!(database.db.writer().query_one_raw(orphan).await.is_err());
    assert_eq!(database.seen().await, [0_i64; 0]);
    database.assert_writes(10).await;
    database.remove().await;
}

#[tokio::test]
async fn a_refused_value_fails_the_transaction_only_if_sqlite_rolled_back() {
    let database = TestDatabase::sqlite().await;
    database.store(1).await.unwrap();
    let tx = database.db.begin().await.unwrap();
    insert(&tx, 2).await.unwrap();
    assert!(insert(&tx, 1).await.is_err());
    insert(&tx, 3).await.unwrap();
    tx.commit().await.unwrap();

    let tx = database.db.begin().await.unwrap();
    insert(&tx, 4).await.unwrap();
    assert!(run(&tx, "INSERT OR ROLLBACK INTO item (id) VALUES (1)").await.is_err());
    assert!(insert(&tx, 5).await.is_err());
    assert!(tx.commit().await.is_err());
    assert_eq!(database.seen().await, [1, 2, 3]);
    database.assert_writes(10).await;
    database.remove().await;
}

#[tokio::test]
async fn a_transaction_left_on_the_connection_is_not_joined() {
    let database = TestDatabase::sqlite().await;
    database
        .db
        .writer()
        .execute_unprepared("BEGIN; INSERT INTO item (id) VALUES (1)")
        .await
        .unwrap();
    database.assert_writes(10).await;
    assert_eq!(database.seen().await, [10, 12, 13]);
    database.remove().await;
}

#[tokio::test]
async fn writers_wait_for_their_turn() {
    let database = TestDatabase::sqlite().await;
    let tx = database.db.begin().await.unwrap();
    let (database, ids) = (&database, 1..40);
    let all = futures_util::future::join_all(ids.map(|id| database.store(id)));
    let (all, ()) = tokio::join!(all, async {
        tokio::task::yield_now().await;
        drop(tx);
    });
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(database.seen().await, (1..40).collect::<Vec<_>>());
}
