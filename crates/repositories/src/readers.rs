//! SQLite's connections that read, whose statements end in time.
//!
//! A statement is stepped by a thread of its own, which goes on when nobody waits for it
//! any more. Each connection therefore asks, every thousand steps, whether its statement
//! is still wanted; one that was given up is free again when its statement has ended.
//! sqlx's pool would have to stop the thread to tell it so.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// After so many steps of its virtual machine SQLite asks whether to go on.
const STEPS: i32 = 1_000;

/// Connections to one file.
pub(crate) struct Readers {
    options: SqliteConnectOptions,
    count: u32,
    /// How long a request waits for one.
    wait: Duration,
    /// How long a statement may take.
    longest: Option<Duration>,
    free: Arc<Semaphore>,
    /// The last used is used next: it remembers the most.
    idle: Mutex<Vec<Reading>>,
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readers").field("count", &self.count).finish_non_exhaustive()
    }
}

/// A connection, and when its statement must end.
struct Reading {
    connection: SqliteConnection,
    deadline: Arc<Deadline>,
}

/// Nanoseconds after an instant.
struct Deadline {
    since: Instant,
    after: AtomicU64,
}

impl Deadline {
    fn set(&self, after: Option<Duration>) {
        let nanos = |after: Duration| u64::try_from((self.since.elapsed() + after).as_nanos());
        let after = after.map_or(Ok(u64::MAX), nanos);
        self.after.store(after.unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        let after = self.after.load(Ordering::Relaxed);
        after != u64::MAX && self.since.elapsed() >= Duration::from_nanos(after)
    }
}

impl Readers {
    /// Opens the first of at most `count` connections.
    pub(crate) async fn open(
        options: SqliteConnectOptions,
        count: u32,
        wait: Duration,
        longest: Option<Duration>,
    ) -> sqlx::Result<Arc<Self>> {
        let first = connect(&options).await?;
        Ok(Arc::new(Self {
            options,
            count,
            wait,
            longest,
            free: Arc::new(Semaphore::new(count as usize)),
            idle: Mutex::new(vec![first]),
        }))
    }

    /// A connection for one statement.
    pub(crate) async fn acquire(self: &Arc<Self>) -> sqlx::Result<Acquired> {
        let permit = timeout(self.wait, Arc::clone(&self.free).acquire_owned()).await;
        let permit = permit.map_err(|_| sqlx::Error::PoolTimedOut)?;
        let permit = permit.map_err(|_| sqlx::Error::PoolClosed)?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let reading = match idle {
            Some(reading) => reading,
            None => connect(&self.options).await?,
        };
        reading.deadline.set(self.longest);
        Ok(Acquired { readers: Arc::clone(self), held: Some((reading, permit)) })
    }

    /// Waits for all connections, and ends them.
    pub(crate) async fn close(&self) -> sqlx::Result<()> {
        let all = self.free.acquire_many(self.count).await;
        let idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for reading in idle {
            reading.connection.close().await?;
        }
        self.free.close();
        drop(all);
        Ok(())
    }

    fn put_back(&self, reading: Reading) {
        reading.deadline.set(None);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(reading);
    }
}

async fn connect(options: &SqliteConnectOptions) -> sqlx::Result<Reading> {
    let mut connection = options.connect().await?;
    let deadline = Arc::new(Deadline { since: Instant::now(), after: AtomicU64::new(u64::MAX) });
    let asked = Arc::clone(&deadline);
    connection.lock_handle().await?.set_progress_handler(STEPS, move || !asked.is_over());
    Ok(Reading { connection, deadline })
}

/// A connection in use. Dropped before [`Acquired::finish`], it ends its statement.
pub(crate) struct Acquired {
    readers: Arc<Readers>,
    held: Option<(Reading, OwnedSemaphorePermit)>,
}

impl Acquired {
    /// The connection. Fails after it was given back.
    pub(crate) fn connection(&mut self) -> sqlx::Result<&mut SqliteConnection> {
        let held = self.held.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        Ok(&mut held.0.connection)
    }

    /// Gives the connection back: its statement has ended.
    pub(crate) fn finish(mut self) {
        if let Some((reading, permit)) = self.held.take() {
            self.readers.put_back(reading);
            drop(permit);
        }
    }
}

impl Drop for Acquired {
    fn drop(&mut self) {
        let Some((mut reading, permit)) = self.held.take() else { return };
        reading.deadline.set(Some(Duration::ZERO));
        let readers = Arc::clone(&self.readers);
        // Without a runtime, at the very end, there is nobody to use it again.
        let Ok(runtime) = Handle::try_current() else { return };
        runtime.spawn(async move {
            // Answered when the statement has ended.
            if reading.connection.ping().await.is_ok() {
                readers.put_back(reading);
            }
            drop(permit);
        });
    }
}

#[cfg(test)]
mod tests {
    use domain::Error;
    use sea_orm::{ConnectionTrait, DbBackend, Statement};

    use super::*;
    use crate::{Database, DatabaseUrl, internal};

    fn statement(sql: &str) -> Statement {
        Statement::from_string(DbBackend::Sqlite, sql)
    }

    /// It has a row when there is no further number.
    const ENDLESS: &str = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)
        SELECT max(n) FROM c";

    #[tokio::test]
    async fn a_statement_that_takes_too_long_ends_as_busy() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite(folder.path().join("b.db"));
        let db = Database::connect(&url).await.unwrap();
        let db = db.within(&url, Duration::from_millis(5)).await.unwrap();
        let ended = db.reader().query_one_raw(statement(ENDLESS)).await;
        assert!(matches!(internal(ended.unwrap_err()), Error::Busy));
        db.close().await.unwrap();
    }

    #[tokio::test]
    async fn a_statement_that_nobody_waits_for_ends_and_gives_its_connection_back() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite(folder.path().join("b.db"));
        let db = Database::connect(&url).await.unwrap();
        // More than there are connections.
        for _ in 0..10 {
            let read = db.reader().query_one_raw(statement(ENDLESS));
            assert!(timeout(Duration::from_millis(20), read).await.is_err());
        }
        assert!(db.reader().query_one_raw(statement("SELECT 1")).await.unwrap().is_some());
        // Waits for all of them.
        db.close().await.unwrap();
    }
}
