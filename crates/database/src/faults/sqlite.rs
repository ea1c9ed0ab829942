//! SQLite ends a transaction by itself when its file fails.

use domain::Error;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::place::{Place, insert, run};
use crate::internal;

/// A text that takes more pages than there are.
const LARGE: &str = "hex(zeroblob(50000))";
/// Until the connection is closed. It is the one that writes.
const FULL: &str = "PRAGMA max_page_count = 4";

#[tokio::test]
async fn a_full_file_refuses_a_transaction_and_takes_the_next() {
    let place = Place::sqlite().await;
    for round in 1..4 {
        place.db.writer().execute_unprepared(FULL).await.unwrap();
        for _ in 0..2 {
            let tx = place.db.begin().await.unwrap();
            // The one that is full ends with the first of them.
            let large = format!("INSERT INTO item (id, text) VALUES (1, {LARGE})");
            run(&tx, FULL).await.unwrap();
            let full = run(&tx, &large).await;
            assert!(matches!(full, Err(Error::Busy)), "{full:?}");
            assert!(insert(&tx, 2).await.is_err());
            assert!(matches!(tx.commit().await, Err(Error::Busy)));
        }
        place.assert_writes(round * 10).await;
    }
    place.remove().await;
}

#[tokio::test]
async fn a_full_file_refuses_a_single_statement_and_takes_the_next() {
    let place = Place::sqlite().await;
    place.db.writer().execute_unprepared(FULL).await.unwrap();
    let large = format!("INSERT INTO item (id, text) VALUES (1, {LARGE}) RETURNING id");
    let large = Statement::from_string(DbBackend::Sqlite, large);
    let full = place.db.writer().query_one_raw(large).await;
    assert!(matches!(internal(full.unwrap_err()), Error::Busy));
    place.assert_writes(10).await;
    assert_eq!(place.seen().await, [10, 12, 13]);
    place.remove().await;
}

/// sqlx's `fetch_one` ends with the first row, and tells nothing of what fails after it.
#[tokio::test]
async fn a_single_statement_with_rows_that_fails_at_its_end_is_not_answered_as_done() {
    let place = Place::sqlite().await;
    let orphan = "INSERT INTO item (id, parent) VALUES (1, 7) RETURNING id";
    let orphan = Statement::from_string(DbBackend::Sqlite, orphan);
    assert!(place.db.writer().query_one_raw(orphan).await.is_err());
    assert_eq!(place.seen().await, [0_i64; 0]);
    place.assert_writes(10).await;
    place.remove().await;
}

#[tokio::test]
async fn a_refused_value_ends_its_transaction_if_it_took_it_with_it() {
    let place = Place::sqlite().await;
    place.store(1).await.unwrap();
    let tx = place.db.begin().await.unwrap();
    insert(&tx, 2).await.unwrap();
    assert!(insert(&tx, 1).await.is_err());
    insert(&tx, 3).await.unwrap();
    tx.commit().await.unwrap();

    let tx = place.db.begin().await.unwrap();
    insert(&tx, 4).await.unwrap();
    assert!(run(&tx, "INSERT OR ROLLBACK INTO item (id) VALUES (1)").await.is_err());
    assert!(insert(&tx, 5).await.is_err());
    assert!(tx.commit().await.is_err());
    assert_eq!(place.seen().await, [1, 2, 3]);
    place.assert_writes(10).await;
    place.remove().await;
}

#[tokio::test]
async fn a_transaction_left_on_the_connection_is_not_joined() {
    let place = Place::sqlite().await;
    place.db.writer().execute_unprepared("BEGIN; INSERT INTO item (id) VALUES (1)").await.unwrap();
    place.assert_writes(10).await;
    assert_eq!(place.seen().await, [10, 12, 13]);
    place.remove().await;
}

#[tokio::test]
async fn who_writes_waits_for_its_turn() {
    let place = Place::sqlite().await;
    let tx = place.db.begin().await.unwrap();
    let (place, ids) = (&place, 1..40);
    let all = futures_util::future::join_all(ids.map(|id| place.store(id)));
    let (all, ()) = tokio::join!(all, async {
        tokio::task::yield_now().await;
        drop(tx);
    });
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(place.seen().await, (1..40).collect::<Vec<_>>());
}
