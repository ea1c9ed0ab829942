//! A database for one test, with a second connection that shows its content.

use std::{future::Future, task::Poll};

use domain::Result;
use sea_orm::{ConnectionTrait, Statement};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;
use tokio::sync::Mutex;

use crate::{Database, DatabaseUrl, Transaction, internal, test_server::TestServer};

/// Rows are numbers. A row's parent, if set, must exist at commit.
const TABLE: &str = "CREATE TABLE item (id integer PRIMARY KEY, text text, \
    parent integer REFERENCES item (id) DEFERRABLE INITIALLY DEFERRED)";

/// Counts our connections that are in a transaction.
const BUSY: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
    AND application_name = 'bookplate' AND state <> 'idle'";

/// A database with the table `item`.
pub(super) struct TestDatabase {
    pub(super) db: Database,
    pub(super) server: Option<TestServer>,
    second: Mutex<Second>,
    _folder: TempDir,
}

/// Another connection to the database.
enum Second {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl TestDatabase {
    pub(super) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("b.db");
        let db = Database::connect(&DatabaseUrl::sqlite(&file)).await.unwrap();
        db.writer().execute_unprepared(TABLE).await.unwrap();
        let second = SqliteConnectOptions::new().filename(&file);
        let second = SqliteConnection::connect_with(&second).await.unwrap();
        Self { db, server: None, second: Mutex::new(Second::Sqlite(second)), _folder: folder }
    }

    pub(super) async fn postgres() -> Option<Self> {
        let server = TestServer::create().await.unwrap()?;
        let folder = tempfile::tempdir().unwrap();
        let db = Database::connect(&server.url.parse().unwrap()).await.unwrap();
        db.writer().execute_unprepared(TABLE).await.unwrap();
        let second = PgConnection::connect(&server.url).await.unwrap();
        let second = Mutex::new(Second::Postgres(second));
        Some(Self { db, server: Some(server), second, _folder: folder })
    }

    /// Databases of SQLite and, if there is a server, PostgreSQL.
    pub(super) async fn both() -> Vec<Self> {
        let mut databases = vec![Self::sqlite().await];
        databases.extend(Self::postgres().await);
        databases
    }

    pub(super) fn is_postgres(&self) -> bool {
        self.server.is_some()
    }

    /// Returns the numbers in the table as another connection sees them.
    pub(super) async fn seen(&self) -> Vec<i64> {
        let select = "SELECT CAST(id AS bigint) FROM item ORDER BY id";
        match &mut *self.second.lock().await {
            Second::Sqlite(file) => sqlx::query_scalar(select).fetch_all(file).await.unwrap(),
            Second::Postgres(server) => sqlx::query_scalar(select).fetch_all(server).await.unwrap(),
        }
    }

    /// Fails unless no connection does anything after dropped work was undone.
    pub(super) async fn assert_idle(&self) {
        match &mut *self.second.lock().await {
            // Waits until the current writer has finished or given up.
            Second::Sqlite(file) => {
                file.execute("BEGIN IMMEDIATE; ROLLBACK").await.unwrap();
            }
            Second::Postgres(server) => {
                // The server cancels the statement of a lost client after some seconds.
                let start = std::time::Instant::now();
                while start.elapsed() < std::time::Duration::from_mins(1) {
                    let busy = sqlx::query_scalar(BUSY).fetch_one(&mut *server).await;
                    if busy.is_ok_and(|busy: i64| busy == 0) {
                        return;
                    }
                    tokio::task::yield_now().await;
                }
                panic!("a connection is idle in a transaction");
            }
        }
    }

    /// Stores a number in a transaction.
    pub(super) async fn store(&self, id: i64) -> Result<()> {
        let tx = self.db.begin().await?;
        insert(&tx, id).await?;
        tx.commit().await
    }

    /// Stores a number in a single statement.
    pub(super) async fn store_alone(&self, id: i64) -> Result<()> {
        stored(self.db.writer(), id).await
    }

    /// Fails unless writes are stored and refused ones leave no trace. Afterwards `id`, `id + 2`
    /// and `id + 3` are new.
    pub(super) async fn assert_writes(&self, id: i64) {
        self.store_alone(id).await.unwrap();
        assert!(self.seen().await.contains(&id));
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
            server.remove().await.unwrap();
        }
    }
}

pub(super) async fn insert(tx: &Transaction, id: i64) -> Result<()> {
    stored(tx.connection(), id).await
}

async fn stored(db: &impl ConnectionTrait, id: i64) -> Result<()> {
    let sql = format!("INSERT INTO item (id) VALUES ({id})");
    let insert = Statement::from_string(db.get_database_backend(), sql);
    db.execute_raw(insert).await.map_err(internal).map(drop)
}

pub(super) async fn run(tx: &Transaction, sql: &str) -> Result<()> {
    tx.connection().execute_unprepared(sql).await.map_err(internal).map(drop)
}

/// Polls a future at most `polls` times, then drops it, like a client that disconnects at an
/// await.
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
