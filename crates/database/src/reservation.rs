//! Memory limit for what requests read and answer.
//!
//! Most requests are short, and are counted without waiting. One that is longer
//! reserves as much of the pool as any may need, once, and gives it back when its answer
//! is sent. While too little is free, it waits, so that a hundred long requests at once
//! take no more memory than a few.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use sea_orm::{ConnAcquireErr, DbErr};
use tokio::{
    sync::{MutexGuard, OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// Granularity of the pool in bytes.
const UNIT: usize = 1024;
/// Bytes for all long requests together.
const POOL: usize = 240 * 1024 * 1024;
/// How many times the bytes of its answer one of them takes: what it reads, and the answer
/// in the making.
const LONG_FACTOR: usize = 10;
/// Bytes up to which a request is short.
pub(crate) const SHORT_BYTES: usize = 256 * 1024;
/// How many times the bytes of its answer a request may read.
const READ_FACTOR: usize = 3;
/// How long a request waits for the pool.
const WAIT: Duration = Duration::from_secs(5);

/// Memory that all requests share.
#[derive(Clone, Debug)]
pub struct MemoryPool(Arc<Semaphore>);

impl Default for MemoryPool {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(POOL / UNIT)))
    }
}

impl MemoryPool {
    /// How many bytes it has.
    pub const BYTES: usize = POOL;

    /// The reservation of a request whose answer may have `max_answer_bytes`. It holds
    /// nothing yet.
    #[must_use]
    pub fn reservation(&self, max_answer_bytes: usize) -> Arc<Reservation> {
        Reservation::of(Arc::new(Held {
            pool: Arc::clone(&self.0),
            max_answer_bytes,
            read: AtomicUsize::new(0),
            has_reserved: AtomicBool::new(false),
            permit: Mutex::new(None),
            waiting: tokio::sync::Mutex::new(()),
            long_statement_lock: tokio::sync::Mutex::new(()),
        }))
    }
}

/// What one request reads, and what it holds of the pool.
pub struct Reservation {
    held: Arc<Held>,
    /// Bytes that it read itself.
    read: AtomicUsize,
    is_exceeded: AtomicBool,
}

/// What the requests of a list hold together.
struct Held {
    pool: Arc<Semaphore>,
    max_answer_bytes: usize,
    read: AtomicUsize,
    has_reserved: AtomicBool,
    permit: Mutex<Option<OwnedSemaphorePermit>>,
    /// Held by who waits for the pool.
    waiting: tokio::sync::Mutex<()>,
    /// Held by a statement that may bring a long text.
    long_statement_lock: tokio::sync::Mutex<()>,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.held.read.fetch_sub(*self.read.get_mut(), Ordering::Relaxed);
    }
}

impl fmt::Debug for Reservation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reservation").field("read", &self.read).finish_non_exhaustive()
    }
}

impl Reservation {
    fn of(held: Arc<Held>) -> Arc<Self> {
        Arc::new(Self { held, read: AtomicUsize::new(0), is_exceeded: AtomicBool::new(false) })
    }

    /// The reservation of one more request of the same list. Together they take what one
    /// may: if each waited for its own while the others hold theirs, a list would wait
    /// for itself. One that reads too much is refused alone; what it read is forgotten
    /// when it ends.
    #[must_use]
    pub fn another(&self) -> Arc<Self> {
        Self::of(Arc::clone(&self.held))
    }

    /// Bytes that the answer may have.
    pub(crate) fn max_answer_bytes(&self) -> usize {
        self.held.max_answer_bytes
    }

    /// Bytes that the request may read.
    fn max_read_bytes(&self) -> usize {
        self.held.max_answer_bytes.saturating_mul(READ_FACTOR)
    }

    /// Whether it holds its part of the pool.
    pub(crate) fn has_reserved(&self) -> bool {
        self.held.has_reserved.load(Ordering::Acquire)
    }

    /// Whether the request read more than it may.
    #[must_use]
    pub fn is_exceeded(&self) -> bool {
        self.is_exceeded.load(Ordering::Acquire)
    }

    /// Says that the request wanted to read more than it may.
    pub(crate) fn mark_exceeded(&self) -> DbErr {
        self.is_exceeded.store(true, Ordering::Release);
        DbErr::Custom("a request reads more than it may".to_owned())
    }

    /// Waits until no other statement of the request may bring a long text.
    pub(crate) async fn lock_long_statement(&self) -> MutexGuard<'_, ()> {
        self.held.long_statement_lock.lock().await
    }

    /// Counts bytes that were read; false, and not counted, if they are too many for what
    /// is reserved.
    pub(crate) fn try_count(&self, bytes: usize) -> bool {
        let long = self.max_read_bytes().max(SHORT_BYTES);
        let most = if self.has_reserved() { long } else { SHORT_BYTES };
        self.read.fetch_add(bytes, Ordering::Relaxed);
        let before = self.held.read.fetch_add(bytes, Ordering::Relaxed);
        let fits = before.saturating_add(bytes) <= most;
        if !fits {
            self.uncount(bytes);
        }
        fits
    }

    /// What was read is thrown away.
    pub(crate) fn uncount(&self, bytes: usize) {
        self.read.fetch_sub(bytes, Ordering::Relaxed);
        self.held.read.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Reserves a long request's part of the pool, unless it is reserved. Fails, as having
    /// no connection does, when that takes too long.
    pub(crate) async fn reserve(&self) -> Result<(), DbErr> {
        let _waiting = self.held.waiting.lock().await;
        if self.has_reserved() {
            return Ok(());
        }
        let permit =
            timeout(WAIT, Arc::clone(&self.held.pool).acquire_many_owned(self.units())).await;
        match permit {
            Ok(Ok(permit)) => {
                self.hold(permit);
                Ok(())
            }
            _ => Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)),
        }
    }

    /// Counts an answer of so many bytes; false if it is long, and the pool has no room.
    #[must_use]
    pub fn try_reserve_answer(&self, bytes: usize) -> bool {
        if bytes <= SHORT_BYTES || self.has_reserved() {
            return true;
        }
        // Somebody who waits for the pool reserves for the answer, too.
        let Ok(_waiting) = self.held.waiting.try_lock() else { return true };
        let permit = Arc::clone(&self.held.pool).try_acquire_many_owned(self.units());
        permit.map(|permit| self.hold(permit)).is_ok()
    }

    /// What a long request takes of the pool.
    fn units(&self) -> u32 {
        units(self.held.max_answer_bytes.saturating_mul(LONG_FACTOR).min(POOL))
    }

    fn hold(&self, permit: OwnedSemaphorePermit) {
        *self.held.permit.lock().unwrap_or_else(PoisonError::into_inner) = Some(permit);
        self.held.has_reserved.store(true, Ordering::Release);
    }

    /// Gives back what is reserved, but for an answer of so many bytes that waits to be
    /// sent.
    pub fn shrink_to(&self, bytes: usize) {
        let mut permit = self.held.permit.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = permit.as_mut().and_then(|permit| permit.split(units(bytes) as usize));
        *permit = kept;
    }
}

fn units(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: usize = 4 * 1024 * 1024;

    #[tokio::test]
    async fn a_few_long_requests_hold_the_pool_until_their_answers_are_sent() {
        let pool = MemoryPool::default();
        let mut long = Vec::new();
        for _ in 0..POOL / (ANSWER * LONG_FACTOR) {
            let request = pool.reservation(ANSWER);
            assert!(request.try_count(SHORT_BYTES) && !request.try_count(1));
            request.reserve().await.unwrap();
            assert!(request.try_count(ANSWER * READ_FACTOR - SHORT_BYTES) && !request.try_count(1));
            long.push(request);
        }
        let next = pool.reservation(ANSWER);
        assert!(next.try_reserve_answer(SHORT_BYTES) && !next.try_reserve_answer(SHORT_BYTES + 1));
        long[0].shrink_to(ANSWER);
        assert!(!next.try_reserve_answer(SHORT_BYTES + 1));
        drop(long.remove(0));
        assert!(next.try_reserve_answer(SHORT_BYTES + 1) && next.has_reserved());
    }

    #[tokio::test]
    async fn who_waits_has_its_turn_when_another_ends() {
        let pool = MemoryPool::default();
        let long: Vec<_> =
            (0..POOL / (ANSWER * LONG_FACTOR)).map(|_| pool.reservation(ANSWER)).collect();
        assert!(long.iter().all(|request| request.try_reserve_answer(ANSWER)));
        let next = pool.reservation(ANSWER);
        let (reserved, ()) = tokio::join!(next.reserve(), async { drop(long) });
        assert!(reserved.is_ok() && next.has_reserved());
    }

    #[tokio::test]
    async fn requests_of_a_list_take_together_what_one_may() {
        let pool = MemoryPool::default();
        let list = pool.reservation(ANSWER);
        let all: Vec<_> = (0..10).map(|_| list.another()).collect();
        for request in &all {
            request.reserve().await.unwrap();
        }
        assert_eq!(pool.0.available_permits(), (POOL - ANSWER * LONG_FACTOR) / UNIT);
        assert!(all[0].try_count(ANSWER * READ_FACTOR) && !all[1].try_count(1));
        _ = all[1].mark_exceeded();
        assert!(all[1].is_exceeded() && !all[2].is_exceeded());
        drop(all);
        assert!(list.another().try_count(ANSWER * READ_FACTOR) && list.has_reserved());
        list.shrink_to(ANSWER);
        assert_eq!(pool.0.available_permits(), (POOL - ANSWER) / UNIT);
        drop(list);
        assert_eq!(pool.0.available_permits(), POOL / UNIT);
    }
}
