//! A connection pool. A connection returns to the pool only if it has no open transaction.
//!
//! A caller holds a connection as a [`Lease`]. [`Lease::finish`] returns the connection after the
//! answer to its statement, or to the end of its transaction. If a lease is dropped earlier, a
//! task resets or closes the connection. So no caller gets a connection with the open transaction
//! of another caller.
//!
//! Why not sqlx's own pool: it retries refused connections until the acquire timeout, and it
//! keeps the permit of a connection whose server does not answer.

mod lease;

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
    sync::{Notify, Semaphore},
    time::{Instant, timeout, timeout_at},
};

pub(crate) use self::lease::Lease;
use crate::{
    failure::{is_too_many_connections, timed_out, unreachable},
    outage::Outage,
};

/// Timeout for a connection of the pool, and for opening a new one.
pub(crate) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// Timeout for testing an idle connection.
const TEST_TIMEOUT: Duration = Duration::from_secs(1);

/// A connection that a [`Pool`] can hold.
pub(crate) trait Pooled: Sized + Send + 'static {
    /// Options for opening a connection.
    type Options: Send + Sync + 'static;

    /// A connection that was idle for longer is tested before its next use; `None`: never.
    const TESTED_AFTER: Option<Duration>;

    fn open(options: &Self::Options) -> impl Future<Output = sqlx::Result<Self>> + Send;

    /// Prepares the connection for its next user.
    fn before_use(&mut self) {}

    /// Fails unless the database answers.
    fn test(&mut self) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Ends the connection's statement and transaction. Returns whether it is certainly in no
    /// transaction.
    fn reset(&mut self) -> impl Future<Output = bool> + Send;

    fn close(self) -> impl Future<Output = sqlx::Result<()>> + Send;
}

/// Connections to one database.
pub(crate) struct Pool<C: Pooled> {
    options: C::Options,
    count: u32,
    /// Permits are granted in the order of requests.
    permits: Arc<Semaphore>,
    /// The connection that was used last is used next: it has the most cached statements.
    idle: Mutex<Vec<Idle<C>>>,
    /// Number of callers that have a connection or open one.
    busy: AtomicUsize,
    /// Notified when a caller has ended its use.
    ended: Notify,
    /// Time of the last successful connect.
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
            outage: Outage::new(
                "the database cannot be reached",
                "the database can be reached again",
            ),
            probe: tokio::sync::Mutex::default(),
        };
        let first = timeout(ACQUIRE_TIMEOUT, C::open(&pool.options))
            .await
            .map_err(|_| timed_out(ACQUIRE_TIMEOUT))??;
        pool.put_back(first);
        Ok(Arc::new(pool))
    }

    /// Returns the options of new connections.
    pub(crate) fn options(&self) -> &C::Options {
        &self.options
    }

    /// Returns a connection that is in no transaction.
    pub(crate) async fn acquire(self: &Arc<Self>) -> sqlx::Result<Lease<C>> {
        let permit = timeout(ACQUIRE_TIMEOUT, Arc::clone(&self.permits).acquire_owned()).await;
        let permit = permit.map_err(|_| sqlx::Error::PoolTimedOut)?;
        let permit = permit.map_err(|_| sqlx::Error::PoolClosed)?;
        let (mut connection, guard) = self.idle_or_new().await?;
        connection.before_use();
        Ok(Lease { held: Some((connection, guard, permit)) })
    }

    /// Returns an idle connection, or opens one. If the server allows fewer connections than the
    /// pool's limit, waits for one that becomes free.
    async fn idle_or_new(self: &Arc<Self>) -> sqlx::Result<(C, BusyGuard<C>)> {
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

    fn busy_guard(self: &Arc<Self>) -> BusyGuard<C> {
        self.busy.fetch_add(1, Ordering::Relaxed);
        BusyGuard(Some(Arc::clone(self)))
    }

    /// Returns an idle connection that answers.
    async fn idle(self: &Arc<Self>) -> Option<(C, BusyGuard<C>)> {
        let (Idle { mut connection, since }, guard) = {
            let mut idle = self.lock();
            (idle.pop()?, self.busy_guard())
        };
        if C::TESTED_AFTER.is_none_or(|after| since.elapsed() < after) {
            return Some((connection, guard));
        }
        if let Ok(Ok(())) = timeout(TEST_TIMEOUT, connection.test()).await {
            return Some((connection, guard));
        }
        // Connections that were idle for longer are closed untested.
        self.lock().retain(|idle| idle.since > since);
        None
    }

    /// Opens a connection. During an outage, one caller at a time tries to connect; the others
    /// fail at once. Fails with 53300 (`too_many_connections`) only if there are connections to
    /// wait for.
    async fn connect(self: &Arc<Self>) -> sqlx::Result<(C, BusyGuard<C>)> {
        let is_probe = self.outage.is_on();
        let _probe =
            is_probe.then(|| self.probe.try_lock().map_err(|_| unreachable())).transpose()?;
        let (guard, start) = (self.busy_guard(), Instant::now());
        let opened = timeout(ACQUIRE_TIMEOUT, C::open(&self.options)).await;
        match opened.unwrap_or_else(|_| Err(timed_out(ACQUIRE_TIMEOUT))) {
            Ok(connection) => {
                *lock(&self.opened) = Some(Instant::now());
                self.outage.end();
                Ok((connection, guard))
            }
            Err(error) => {
                let there_are_others =
                    self.busy.load(Ordering::Relaxed) > 1 || !self.lock().is_empty();
                guard.fail();
                if is_too_many_connections(&error) && there_are_others {
                    return Err(error);
                }
                // This includes a renamed database and a changed password: no request can succeed
                // until an operator repairs the cause. It is no outage if another caller
                // connected meanwhile.
                if lock(&self.opened).is_none_or(|opened| opened < start) {
                    self.outage.begin(&error);
                }
                Err(unreachable())
            }
        }
    }

    /// Closes the connections. A connection in use at the deadline is closed when its lease ends.
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

/// A caller that has a connection or opens one. When the guard is dropped, one waiting caller
/// wakes.
struct BusyGuard<C: Pooled>(Option<Arc<Pool<C>>>);

impl<C: Pooled> BusyGuard<C> {
    fn put_back(&self, connection: C) {
        if let Some(pool) = &self.0 {
            pool.put_back(connection);
        }
    }

    /// Ends the use without a connection, and wakes no caller.
    fn fail(mut self) {
        if let Some(pool) = self.0.take() {
            pool.busy.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl<C: Pooled> Drop for BusyGuard<C> {
    fn drop(&mut self) {
        if let Some(pool) = self.0.take() {
            pool.busy.fetch_sub(1, Ordering::Relaxed);
            pool.ended.notify_one();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
