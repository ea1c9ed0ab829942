//! A database of its own for a test, and a second connection that tells what is in it.

use std::{future::Future, io::Write, task::Poll};

use domain::{Result, id::random_alphanumeric};
use sea_orm::ConnectionTrait;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, SqliteConnection};
use tempfile::TempDir;

use crate::{Database, DatabaseUrl, Transaction, internal};

/// Rows are numbers; a row's parent, if it has one, must be there when it is committed.
const TABLE: &str = "CREATE TABLE item (id integer PRIMARY KEY, text text, \
    parent integer REFERENCES item (id) DEFERRABLE INITIALLY DEFERRED)";

/// A database made on the server of the tests.
pub(crate) struct TestServer {
    server: PgConnection,
    name: String,
    pub(crate) url: String,
}

impl TestServer {
    /// `None` without `TEST_POSTGRES_URL`, which is said, or fails where skips are forbidden.
    pub(crate) async fn create(what: &str) -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "of the tests, as elsewhere")]
        let (url, skips) = (std::env::var("TEST_POSTGRES_URL"), std::env::var("TEST_SKIPS"));
        let Ok(url) = url else {
            let what = format!("{what} needs TEST_POSTGRES_URL, a server to make databases on");
            assert_ne!(skips.as_deref(), Ok("forbid"), "{what}");
            _ = writeln!(std::io::stderr(), "SKIPPED: {what}");
            return None;
        };
        let mut server = PgConnection::connect(&url).await.unwrap();
        let name = format!("bookplate_test_{}", random_alphanumeric().to_lowercase());
        server.execute(AssertSqlSafe(format!("create database {name}"))).await.unwrap();
        let (place, _) = url.rsplit_once('/').unwrap();
        Some(Self { server, url: format!("{place}/{name}"), name })
    }

    pub(crate) async fn remove(mut self) {
        let drop = format!("drop database {} with (force)", self.name);
        self.server.execute(AssertSqlSafe(drop)).await.unwrap();
    }

    /// Ends all connections of the database.
    pub(super) async fn terminate(&mut self) {
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
        sqlx::query(end).bind(&self.name).execute(&mut self.server).await.unwrap();
    }

    /// What is wrong with the connections of the database: those in a transaction.
    async fn in_transaction(&mut self) -> i64 {
        let count = "SELECT count(*) FROM pg_stat_activity \
            WHERE datname = $1 AND state LIKE 'idle in transaction%'";
        sqlx::query_scalar(count).bind(&self.name).fetch_one(&mut self.server).await.unwrap()
    }
}

/// A database with the table `item`.
pub(super) struct Place {
    pub(super) db: Database,
    pub(super) server: Option<TestServer>,
    _folder: TempDir,
    file: std::path::PathBuf,
}

impl Place {
    pub(super) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("b.db");
        let db = Database::connect(&DatabaseUrl::sqlite(&file)).await.unwrap();
        db.writer().execute_unprepared(TABLE).await.unwrap();
        Self { db, server: None, _folder: folder, file }
    }

    pub(super) async fn postgres(what: &str) -> Option<Self> {
        let server = TestServer::create(what).await?;
        let folder = tempfile::tempdir().unwrap();
        let db = Database::connect(&server.url.parse().unwrap()).await.unwrap();
        db.writer().execute_unprepared(TABLE).await.unwrap();
        let file = folder.path().to_owned();
        Some(Self { db, server: Some(server), _folder: folder, file })
    }

    /// SQLite's, and PostgreSQL's if there is a server.
    pub(super) async fn both(what: &str) -> Vec<Self> {
        let mut places = vec![Self::sqlite().await];
        places.extend(Self::postgres(what).await);
        places
    }

    pub(super) fn is_postgres(&self) -> bool {
        self.server.is_some()
    }

    /// The numbers in the table as another connection sees them.
    pub(super) async fn seen(&self) -> Vec<i64> {
        let select = "SELECT CAST(id AS bigint) FROM item ORDER BY id";
        if let Some(server) = &self.server {
            let mut second = PgConnection::connect(&server.url).await.unwrap();
            let rows = second.fetch_all(sqlx::query(select)).await.unwrap();
            second.close().await.unwrap();
            return rows.iter().map(|row| row.get(0)).collect();
        }
        let mut second = self.second_file().await;
        let rows = second.fetch_all(select).await.unwrap();
        second.close().await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    async fn second_file(&self) -> SqliteConnection {
        let file = sqlx::sqlite::SqliteConnectOptions::new().filename(&self.file);
        SqliteConnection::connect_with(&file).await.unwrap()
    }

    /// Fails unless, once what was dropped is undone, no transaction is open.
    pub(super) async fn assert_idle(&mut self) {
        if let Some(server) = &mut self.server {
            for _ in 0..1_000 {
                if server.in_transaction().await == 0 {
                    return;
                }
                tokio::task::yield_now().await;
            }
            panic!("a connection is idle in a transaction");
        }
        // Waits for who writes, as long as it takes them to give up.
        let mut second = self.second_file().await;
        second.execute("BEGIN IMMEDIATE; ROLLBACK").await.unwrap();
        second.close().await.unwrap();
    }

    /// Stores a number in a transaction.
    pub(super) async fn store(&self, id: i64) -> Result<()> {
        let tx = self.db.begin().await?;
        insert(&tx, id).await?;
        tx.commit().await
    }

    /// Stores a number in a single statement.
    pub(super) async fn store_alone(&self, id: i64) -> Result<()> {
        let sql = format!("INSERT INTO item (id) VALUES ({id})");
        self.db.writer().execute_unprepared(&sql).await.map_err(internal).map(drop)
    }

    /// Fails unless writes last, and refused ones leave no trace.
    pub(super) async fn assert_writes(&mut self, id: i64) {
        self.store(id).await.unwrap();
        let tx = self.db.begin().await.unwrap();
        insert(&tx, id + 1).await.unwrap();
        assert!(insert(&tx, id).await.is_err());
        drop(tx);
        self.store(id + 2).await.unwrap();
        self.store_alone(id + 3).await.unwrap();
        let seen = self.seen().await;
        let new: Vec<_> = seen.into_iter().filter(|seen| *seen >= id).collect();
        assert_eq!(new, [id, id + 2, id + 3]);
        self.assert_idle().await;
    }

    pub(super) async fn remove(self) {
        self.db.close().await.unwrap();
        if let Some(server) = self.server {
            server.remove().await;
        }
    }
}

pub(super) async fn insert(tx: &Transaction, id: i64) -> Result<()> {
    run(tx, &format!("INSERT INTO item (id) VALUES ({id})")).await
}

pub(super) async fn run(tx: &Transaction, sql: &str) -> Result<()> {
    tx.connection().execute_unprepared(sql).await.map_err(internal).map(drop)
}

/// Polls a future at most so often, then drops it: somebody who goes away at one of its
/// awaits.
pub(super) async fn polled<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = Box::pin(future);
    let mut left = polls;
    std::future::poll_fn(move |context| {
        left = left.saturating_sub(1);
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
