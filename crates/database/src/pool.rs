//! A connection pool. A connection returns to the pool only if it has no open transaction.
//!
//! A caller holds a connection as a [`Lease`]. [`Lease::finish`] returns it after a statement,
//! or the end of a transaction, was answered. If a lease is dropped before that, a task resets
//! the connection, or closes it: no caller gets a connection with the open transaction of
//! another one.
//!
//! sqlx has a pool of its own. It retries refused connections until the acquire timeout, and
//! keeps the permit of a connection whose server does not answer.

use std::{
    fmt,
    future::Future,
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    runtime::Handle,
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout, timeout_at},
};

use crate::{
    failure::{away, is_too_many_connections, timed_out},
    outage::Outage,
};

/// How long a request waits for a connection of the pool, or for a new one to be opened.
pub(crate) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the test of an idle connection may take.
const TEST_TIMEOUT: Duration = Duration::from_secs(1);
/// How long the reset of a connection may take.
const RESET_TIMEOUT: Duration = Duration::from_secs(2);

/// A connection that a [`Pool`] can hold.
pub(crate) trait Pooled: Sized + Send + 'static {
    /// What a connection is opened with.
    type Options: Send + Sync + 'static;

    /// A connection that was idle for so long is tested before it is used; `None`: never.
    const TESTED_AFTER: Option<Duration>;

    fn open(options: &Self::Options) -> impl Future<Output = sqlx::Result<Self>> + Send;

    /// Prepares it for the next user.
    fn before_use(&mut self) {}

    /// Fails unless the database answers.
    fn test(&mut self) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Ends its statement and its transaction. Whether it is proven to be in none.
    fn reset(&mut self) -> impl Future<Output = bool> + Send;

    fn close(self) -> impl Future<Output = sqlx::Result<()>> + Send;
}

/// Connections to one database.
pub(crate) struct Pool<C: Pooled> {
    options: C::Options,
    count: u32,
    /// First come, first served.
    permits: Arc<Semaphore>,
    /// The last used is used next: it has the most cached statements.
    idle: Mutex<Vec<Idle<C>>>,
    /// How many callers have a connection, or open one.
    busy: AtomicUsize,
    /// Told when one of them has ended.
    ended: Notify,
    /// When a connection was last opened.
    opened: Mutex<Option<Instant>>,
    /// Whether connections can be opened.
    outage: Outage,
    /// Locked by the one caller that tries to connect during an outage.
    probe: tokio::sync::Mutex<()>,
}

struct Idle<C> {
    connection: C,
    since: Instant,
}

impl<C: Pooled> fmt::Debug for Pool<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("count", &self.count).finish_non_exhaustive()
    }
}

impl<C: Pooled> Pool<C> {
    /// Opens the first of at most `count` connections.
    pub(crate) async fn open(options: C::Options, count: u32) -> sqlx::Result<Arc<Self>> {
        let pool = Self {
            options,
            count,
            permits: Arc::new(Semaphore::new(count as usize)),
            idle: Mutex::default(),
            busy: AtomicUsize::default(),
            ended: Notify::new(),
            opened: Mutex::default(),
            outage: Outage::new("the database cannot be reached", "the database is back"),
            probe: tokio::sync::Mutex::default(),
        };
        let first = timeout(ACQUIRE_TIMEOUT, C::open(&pool.options))
            .await
            .map_err(|_| timed_out(ACQUIRE_TIMEOUT))??;
        pool.put_back(first);
        Ok(Arc::new(pool))
    }

    /// What its connections are opened with.
    pub(crate) fn options(&self) -> &C::Options {
        &self.options
    }

    /// A connection that is in no transaction.
    pub(crate) async fn acquire(self: &Arc<Self>) -> sqlx::Result<Lease<C>> {
        let permit = timeout(ACQUIRE_TIMEOUT, Arc::clone(&self.permits).acquire_owned()).await;
        let permit = permit.map_err(|_| sqlx::Error::PoolTimedOut)?;
        let permit = permit.map_err(|_| sqlx::Error::PoolClosed)?;
        let (mut connection, turn) = self.idle_or_new().await?;
        connection.before_use();
        Ok(Lease { held: Some((connection, turn, permit)) })
    }

    /// An idle connection, or a new one. If the server allows fewer than the pool may have,
    /// the next whose use ends.
    async fn idle_or_new(self: &Arc<Self>) -> sqlx::Result<(C, Turn<C>)> {
        let deadline = Instant::now() + ACQUIRE_TIMEOUT;
        loop {
            let mut ended = pin!(self.ended.notified());
            ended.as_mut().enable();
            if let Some(idle) = self.idle().await {
                return Ok(idle);
            }
            match self.connect().await {
                Err(error) if is_too_many_connections(&error) => {
                    let waited = timeout_at(deadline, ended).await;
                    waited.map_err(|_| sqlx::Error::PoolTimedOut)?;
                }
                connected => return connected,
            }
        }
    }

    fn turn(self: &Arc<Self>) -> Turn<C> {
        self.busy.fetch_add(1, Ordering::Relaxed);
        Turn(Some(Arc::clone(self)))
    }

    /// An idle connection that answers.
    async fn idle(self: &Arc<Self>) -> Option<(C, Turn<C>)> {
        let (Idle { mut connection, since }, turn) = {
            let mut idle = self.lock();
            (idle.pop()?, self.turn())
        };
        if C::TESTED_AFTER.is_none_or(|after| since.elapsed() < after) {
            return Some((connection, turn));
        }
        if let Ok(Ok(())) = timeout(TEST_TIMEOUT, connection.test()).await {
            return Some((connection, turn));
        }
        // Connections that were idle for longer are closed untested.
        self.lock().retain(|idle| idle.since > since);
        None
    }

    /// Opens a connection. While the database is away, one caller at a time tries; the
    /// others fail at once. Fails with 53300 only if there are connections to wait for.
    async fn connect(self: &Arc<Self>) -> sqlx::Result<(C, Turn<C>)> {
        let is_probe = self.outage.is_on();
        let _probe = is_probe.then(|| self.probe.try_lock().map_err(|_| away())).transpose()?;
        let (turn, start) = (self.turn(), Instant::now());
        let opened = timeout(ACQUIRE_TIMEOUT, C::open(&self.options)).await;
        match opened.unwrap_or_else(|_| Err(timed_out(ACQUIRE_TIMEOUT))) {
            Ok(connection) => {
                *lock(&self.opened) = Some(Instant::now());
                self.outage.end();
                Ok((connection, turn))
            }
            Err(error) => {
                let there_are_others =
                    self.busy.load(Ordering::Relaxed) > 1 || !self.lock().is_empty();
                turn.fail();
                if is_too_many_connections(&error) && there_are_others {
                    return Err(error);
                }
                // Also of a database that was renamed, or a password that was changed:
                // whatever the cause, nobody can do anything until it is mended. But not if
                // others were let in meanwhile.
                if lock(&self.opened).is_none_or(|opened| opened < start) {
                    self.outage.begin(&error);
                }
                Err(away())
            }
        }
    }

    /// Closes the connections; those in use at the deadline end with their leases.
    pub(crate) async fn close(&self, deadline: Instant) -> sqlx::Result<()> {
        if timeout_at(deadline, self.permits.acquire_many(self.count)).await.is_err() {
            tracing::warn!("connections to the database were still in use when they were closed");
        }
        self.permits.close();
        let idle = std::mem::take(&mut *self.lock());
        for Idle { connection, .. } in idle {
            // A connection that does not answer is closed without the protocol's end message.
            timeout_at(deadline, connection.close()).await.unwrap_or(Ok(()))?;
        }
        Ok(())
    }

    fn put_back(&self, connection: C) {
        if !self.permits.is_closed() {
            self.lock().push(Idle { connection, since: Instant::now() });
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Idle<C>>> {
        lock(&self.idle)
    }
}

/// A caller that has a connection, or opens one. Its end wakes a caller that waits.
struct Turn<C: Pooled>(Option<Arc<Pool<C>>>);

impl<C: Pooled> Turn<C> {
    fn put_back(&self, connection: C) {
        if let Some(pool) = &self.0 {
            pool.put_back(connection);
        }
    }

    /// Ends it without a connection, and wakes no caller.
    fn fail(mut self) {
        if let Some(pool) = self.0.take() {
            pool.busy.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl<C: Pooled> Drop for Turn<C> {
    fn drop(&mut self) {
        if let Some(pool) = self.0.take() {
            pool.busy.fetch_sub(1, Ordering::Relaxed);
            pool.ended.notify_one();
        }
    }
}

/// A connection in use.
pub(crate) struct Lease<C: Pooled> {
    /// `None` at the end.
    held: Option<(C, Turn<C>, OwnedSemaphorePermit)>,
}

impl<C: Pooled> fmt::Debug for Lease<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").finish_non_exhaustive()
    }
}

impl<C: Pooled> Lease<C> {
    /// The connection. Fails after the lease has ended.
    pub(crate) fn connection(&mut self) -> sqlx::Result<&mut C> {
        self.held.as_mut().map(|(connection, ..)| connection).ok_or(sqlx::Error::PoolClosed)
    }

    /// Gives the connection back: all its statements were answered, and it is in no
    /// transaction.
    pub(crate) fn finish(mut self) {
        if let Some((connection, turn, permit)) = self.held.take() {
            turn.put_back(connection);
            drop((turn, permit));
        }
    }

    /// Closes the connection, without waiting for the database.
    pub(crate) fn discard(mut self) {
        self.held = None;
    }

    /// As [`Lease::discard`], for a connection that the database or the network has ended. The
    /// idle ones are most likely ended, too.
    pub(crate) fn discard_with_idle(self) {
        if let Some((_, Turn(Some(pool)), _)) = &self.held {
            pool.lock().clear();
        }
        self.discard();
    }
}

impl<C: Pooled> Drop for Lease<C> {
    fn drop(&mut self) {
        let Some((mut connection, turn, permit)) = self.held.take() else { return };
        // Without a runtime, the process ends: no caller uses the connection again.
        let Ok(runtime) = Handle::try_current() else { return };
        runtime.spawn(async move {
            if let Ok(true) = timeout(RESET_TIMEOUT, connection.reset()).await {
                turn.put_back(connection);
            } else {
                drop(connection);
            }
            drop((turn, permit));
        });
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
