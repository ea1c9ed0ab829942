//! What holds on both databases.

use domain::Error;
use migration::{Direction, migrate};
use sea_orm::{ConnectionTrait, TransactionTrait};

use super::place::{Place, insert, polled, run};

#[tokio::test]
async fn nothing_is_done_after_a_statement_that_failed() {
    for place in Place::both("a failed statement on PostgreSQL").await {
        let tx = place.db.begin().await.unwrap();
        insert(&tx, 1).await.unwrap();
        assert!(run(&tx, "INSERT INTO nowhere VALUES (1)").await.is_err());
        assert!(insert(&tx, 2).await.is_err(), "a later statement");
        assert!(tx.commit().await.is_err(), "the commit");
        assert_eq!(place.seen().await, [0_i64; 0]);
        place.assert_writes(10).await;
        place.remove().await;
    }
}

#[tokio::test]
async fn a_commit_that_fails_is_never_answered_as_done() {
    for place in Place::both("a failed commit on PostgreSQL").await {
        let tx = place.db.begin().await.unwrap();
        run(&tx, "INSERT INTO item (id, parent) VALUES (1, 7)").await.unwrap();
        assert!(tx.commit().await.is_err());
        assert_eq!(place.seen().await, [0_i64; 0]);
        place.assert_writes(10).await;
        place.remove().await;
    }
}

#[tokio::test]
async fn a_transaction_that_somebody_else_ended_is_not_committed() {
    for place in Place::both("an ended transaction on PostgreSQL").await {
        for end in ["ROLLBACK", "COMMIT"] {
            let tx = place.db.begin().await.unwrap();
            run(&tx, end).await.unwrap();
            assert!(tx.commit().await.is_err(), "{end}");
        }
        place.assert_writes(10).await;
        place.remove().await;
    }
}

/// It takes longer than anybody waits here.
const LONG: &str = "INSERT INTO item (id) WITH RECURSIVE c(n) AS \
    (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000000000) SELECT 2 FROM c WHERE n = 7";

#[tokio::test]
async fn a_statement_that_was_not_waited_for_fails_its_transaction() {
    for place in Place::both("a dropped statement on PostgreSQL").await {
        let tx = place.db.begin().await.unwrap();
        insert(&tx, 1).await.unwrap();
        assert!(polled(run(&tx, LONG), 1).await.is_none());
        assert!(insert(&tx, 3).await.is_err());
        assert!(tx.commit().await.is_err());
        place.assert_writes(10).await;
        assert_eq!(place.seen().await, [10, 12, 13]);
        place.remove().await;
    }
}

/// Calls a write again and again, each time dropped an await later.
async fn dropped_everywhere(place: &Place, write: impl AsyncFn(&Place, i64) -> domain::Result<()>) {
    for polls in 1..200 {
        let id = i64::try_from(polls).unwrap() * 100;
        let ended = polled(write(place, id), polls).await;
        place.assert_idle().await;
        place.assert_writes(id + 1).await;
        if let Some(ended) = ended {
            ended.unwrap();
            assert!(place.seen().await.contains(&id));
            return;
        }
    }
    panic!("it never ends");
}

#[tokio::test]
async fn a_transaction_may_be_dropped_at_every_await() {
    for place in Place::both("dropped transactions on PostgreSQL").await {
        dropped_everywhere(&place, Place::store).await;
        place.remove().await;
    }
}

#[tokio::test]
async fn a_single_statement_may_be_dropped_at_every_await() {
    for place in Place::both("dropped statements on PostgreSQL").await {
        dropped_everywhere(&place, Place::store_alone).await;
        place.remove().await;
    }
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing_open() {
    for place in Place::both("a failed migration on PostgreSQL").await {
        // In the way of one of the last migrations.
        place.db.writer().execute_unprepared("CREATE TABLE audit (id text)").await.unwrap();
        place.db.writer().execute_unprepared("CREATE TABLE \"user\" (id text)").await.unwrap();
        let own = place.db.dedicated().await.unwrap();
        assert!(migrate(&own, Direction::Up(None)).await.is_err());
        own.close().await.unwrap();
        place.assert_writes(10).await;

        // And one that ends in the middle.
        let own = place.db.dedicated().await.unwrap();
        #[expect(clippy::disallowed_methods, reason = "as migrations do")]
        let begun = own.begin().await.unwrap();
        begun.execute_unprepared("INSERT INTO item (id) VALUES (1)").await.unwrap();
        drop((begun, own));
        place.assert_writes(20).await;
        assert_eq!(place.seen().await, [10, 12, 13, 20, 22, 23]);
        place.remove().await;
    }
}

#[tokio::test]
async fn a_database_that_takes_no_writes_is_unavailable() {
    for place in Place::both("a read-only PostgreSQL").await {
        let read_only =
            if place.is_postgres() { "SET TRANSACTION READ ONLY" } else { "PRAGMA query_only = 1" };
        let tx = place.db.begin().await.unwrap();
        run(&tx, read_only).await.unwrap();
        let refused = insert(&tx, 1).await;
        assert!(matches!(refused, Err(Error::Busy)), "{refused:?}");
        let later = insert(&tx, 2).await;
        assert!(matches!(later, Err(Error::Busy)), "{later:?}");
        assert!(matches!(tx.commit().await, Err(Error::Busy)));
        place.assert_writes(10).await;
        place.remove().await;
    }
}
