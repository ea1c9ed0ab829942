//! Fault tests that hold on both databases.

use domain::Error;
use migration::{Direction, migrate};
use sea_orm::{ConnectionTrait, TransactionTrait};

use super::test_database::{TestDatabase, insert, polled, run};

#[tokio::test]
async fn a_failed_statement_fails_its_transaction() {
    for database in TestDatabase::both().await {
        let tx = database.db.begin().await.unwrap();
        insert(&tx, 1).await.unwrap();
        assert!(run(&tx, "INSERT INTO nowhere VALUES (1)").await.is_err());
        assert!(insert(&tx, 2).await.is_err(), "a later statement");
        assert!(tx.commit().await.is_err(), "the commit");
        assert_eq!(database.seen().await, [0_i64; 0]);
        database.assert_writes(10).await;
        database.remove().await;
    }
}

#[tokio::test]
async fn a_failed_commit_is_an_error() {
    for database in TestDatabase::both().await {
        let tx = database.db.begin().await.unwrap();
        run(&tx, "INSERT INTO item (id, parent) VALUES (1, 7)").await.unwrap();
        assert!(tx.commit().await.is_err());
        assert_eq!(database.seen().await, [0_i64; 0]);
        database.assert_writes(10).await;
        database.remove().await;
    }
}

#[tokio::test]
async fn a_transaction_ended_by_a_statement_is_not_committed() {
    for database in TestDatabase::both().await {
        for end in ["ROLLBACK", "COMMIT"] {
            let tx = database.db.begin().await.unwrap();
            run(&tx, end).await.unwrap();
            assert!(tx.commit().await.is_err(), "{end}");
        }
        database.assert_writes(10).await;
        database.remove().await;
    }
}

/// A statement that runs longer than the test.
const LONG: &str = "INSERT INTO item (id) WITH RECURSIVE c(n) AS \
    (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000000000) SELECT 2 FROM c WHERE n = 7";

#[tokio::test]
async fn a_dropped_statement_fails_its_transaction() {
    for database in TestDatabase::both().await {
        let tx = database.db.begin().await.unwrap();
        insert(&tx, 1).await.unwrap();
        assert!(polled(run(&tx, LONG), 1).await.is_none());
        assert!(insert(&tx, 3).await.is_err());
        assert!(tx.commit().await.is_err());
        database.assert_writes(10).await;
        assert_eq!(database.seen().await, [10, 12, 13]);
        database.remove().await;
    }
}

/// Repeats a write, and drops it one await later each time.
async fn dropped_everywhere(
    database: &TestDatabase,
    write: impl AsyncFn(&TestDatabase, i64) -> domain::Result<()>,
) {
    for polls in 1..200 {
        let id = i64::try_from(polls).unwrap() * 100;
        let ended = polled(write(database, id), polls).await;
        database.assert_idle().await;
        database.assert_writes(id + 1).await;
        if let Some(ended) = ended {
            ended.unwrap();
            assert!(database.seen().await.contains(&id));
            return;
        }
    }
    panic!("the write never completes");
}

#[tokio::test]
async fn a_transaction_may_be_dropped_at_every_await() {
    for database in TestDatabase::both().await {
        dropped_everywhere(&database, TestDatabase::store).await;
        database.remove().await;
    }
}

#[tokio::test]
async fn a_single_statement_may_be_dropped_at_every_await() {
    for database in TestDatabase::both().await {
        dropped_everywhere(&database, TestDatabase::store_alone).await;
        database.remove().await;
    }
}

#[tokio::test]
async fn a_failed_migration_leaves_no_open_transaction() {
    for database in TestDatabase::both().await {
        // These tables collide with those of later migrations.
        database.db.writer().execute_unprepared("CREATE TABLE audit (id text)").await.unwrap();
        database.db.writer().execute_unprepared("CREATE TABLE \"user\" (id text)").await.unwrap();
        let own = database.db.dedicated().await.unwrap();
        assert!(migrate(&own, Direction::Up(None)).await.is_err());
        own.close().await.unwrap();
        database.assert_writes(10).await;

        // A migration that is dropped in the middle.
        let own = database.db.dedicated().await.unwrap();
        #[expect(clippy::disallowed_methods, reason = "as migrations do")]
        let begun = own.begin().await.unwrap();
        begun.execute_unprepared("INSERT INTO item (id) VALUES (1)").await.unwrap();
        drop((begun, own));
        database.assert_writes(20).await;
        assert_eq!(database.seen().await, [10, 12, 13, 20, 22, 23]);
        database.remove().await;
    }
}

#[tokio::test]
async fn a_read_only_database_is_unavailable() {
    for database in TestDatabase::both().await {
        let read_only = if database.is_postgres() {
            "SET TRANSACTION READ ONLY"
        } else {
            "PRAGMA query_only = 1"
        };
        let tx = database.db.begin().await.unwrap();
        run(&tx, read_only).await.unwrap();
        let refused = insert(&tx, 1).await;
        assert!(matches!(refused, Err(Error::Busy)), "{refused:?}");
        let later = insert(&tx, 2).await;
        assert!(matches!(later, Err(Error::Busy)), "{later:?}");
        assert!(matches!(tx.commit().await, Err(Error::Busy)));
        database.assert_writes(10).await;
        database.remove().await;
    }
}
