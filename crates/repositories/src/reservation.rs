//! Memory limit for what requests read and answer.
//!
//! Most requests are short: their bytes are counted, without waiting. A longer request
//! reserves once as much of the pool as any request may need, and gives it back when its
//! answer is sent. While too little is free, it waits, so that a hundred long requests at
//! once take no more memory than a few.

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
/// Size of the pool, which all long requests share, in bytes.
const POOL: usize = 240 * 1024 * 1024;
/// A long request reserves so many times the bytes of its longest answer: for what it reads,
/// and for the answer that is being built.
const LONG_FACTOR: usize = 10;
/// A request is short while it reads and answers no more bytes than this.
pub(crate) const SHORT_BYTES: usize = 256 * 1024;
/// A request may read so many times the bytes of its longest answer.
const READ_FACTOR: usize = 3;
/// How long a request waits for the pool before it fails.
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
    /// The reservation of a request whose answer may have `max_answer_bytes`. It holds
    /// nothing yet.
    #[must_use]
    pub fn reservation(&self, max_answer_bytes: usize) -> Arc<Reservation> {
        Arc::new(Reservation {
            pool: Arc::clone(&self.0),
            max_answer_bytes,
            read: AtomicUsize::new(0),
            has_reserved: AtomicBool::new(false),
            is_exceeded: AtomicBool::new(false),
            permit: Mutex::new(None),
            waiting: tokio::sync::Mutex::new(()),
            long_statement_lock: tokio::sync::Mutex::new(()),
        })
    }
}

/// Counts what one request reads, and holds its part of the pool.
pub struct Reservation {
    pool: Arc<Semaphore>,
    max_answer_bytes: usize,
    read: AtomicUsize,
    has_reserved: AtomicBool,
    is_exceeded: AtomicBool,
    permit: Mutex<Option<OwnedSemaphorePermit>>,
    /// Held while waiting for the pool.
    waiting: tokio::sync::Mutex<()>,
    /// Held while a statement runs that may return a long text.
    long_statement_lock: tokio::sync::Mutex<()>,
}

impl fmt::Debug for Reservation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reservation").field("read", &self.read).finish_non_exhaustive()
    }
}

impl Reservation {
    /// The most bytes that the answer may have.
    pub(crate) fn max_answer_bytes(&self) -> usize {
        self.max_answer_bytes
    }

    /// Whether the request has reserved its part of the pool.
    pub(crate) fn has_reserved(&self) -> bool {
        self.has_reserved.load(Ordering::Acquire)
    }

    /// Whether the request read more than it may.
    #[must_use]
    pub fn is_exceeded(&self) -> bool {
        self.is_exceeded.load(Ordering::Acquire)
    }

    /// Marks the request as one that tried to read more than it may, and returns the error.
    pub(crate) fn mark_exceeded(&self) -> DbErr {
        self.is_exceeded.store(true, Ordering::Release);
        DbErr::Custom("a request reads more than it may".to_owned())
    }

    /// Waits until no other statement of the request runs that may return a long text.
    pub(crate) async fn lock_long_statement(&self) -> MutexGuard<'_, ()> {
        self.long_statement_lock.lock().await
    }

    /// Counts bytes that were read. Returns false, and counts nothing, if they are too many
    /// for what is reserved.
    pub(crate) fn try_count(&self, bytes: usize) -> bool {
        let long = self.max_answer_bytes.saturating_mul(READ_FACTOR).max(SHORT_BYTES);
        let most = if self.has_reserved() { long } else { SHORT_BYTES };
        let fits = self.read.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) <= most;
        if !fits {
            self.uncount(bytes);
        }
        fits
    }

    /// Subtracts bytes whose rows were dropped.
    pub(crate) fn uncount(&self, bytes: usize) {
        self.read.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Reserves a long request's part of the pool, unless it is reserved. When that takes
    /// too long, fails with the same error as an exhausted connection pool.
    pub(crate) async fn reserve(&self) -> Result<(), DbErr> {
        let _waiting = self.waiting.lock().await;
        if self.has_reserved() {
            return Ok(());
        }
        let permit = timeout(WAIT, Arc::clone(&self.pool).acquire_many_owned(self.units())).await;
        match permit {
            Ok(Ok(permit)) => {
                self.hold(permit);
                Ok(())
            }
            _ => Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)),
        }
    }

    /// Makes sure that an answer of so many bytes has its memory. Reserves the request's part
    /// of the pool if the answer is long; returns false, without waiting, if the pool has no
    /// room.
    #[must_use]
    pub fn try_reserve_answer(&self, bytes: usize) -> bool {
        if bytes <= SHORT_BYTES || self.has_reserved() {
            return true;
        }
        // Another task of this request is already waiting, and reserves for the answer as well.
        let Ok(_waiting) = self.waiting.try_lock() else { return true };
        let permit = Arc::clone(&self.pool).try_acquire_many_owned(self.units());
        permit.map(|permit| self.hold(permit)).is_ok()
    }

    /// The part of the pool that a long request reserves.
    fn units(&self) -> u32 {
        units(self.max_answer_bytes.saturating_mul(LONG_FACTOR).min(POOL))
    }

    fn hold(&self, permit: OwnedSemaphorePermit) {
        *self.permit.lock().unwrap_or_else(PoisonError::into_inner) = Some(permit);
        self.has_reserved.store(true, Ordering::Release);
    }

    /// Gives back what is reserved, except for an answer of so many bytes that is still to be
    /// sent.
    pub fn shrink_to(&self, bytes: usize) {
        let mut permit = self.permit.lock().unwrap_or_else(PoisonError::into_inner);
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
    async fn a_waiting_request_reserves_when_others_end() {
        let pool = MemoryPool::default();
        let long: Vec<_> =
            (0..POOL / (ANSWER * LONG_FACTOR)).map(|_| pool.reservation(ANSWER)).collect();
        assert!(long.iter().all(|request| request.try_reserve_answer(ANSWER)));
        let next = pool.reservation(ANSWER);
        let (reserved, ()) = tokio::join!(next.reserve(), async { drop(long) });
        assert!(reserved.is_ok() && next.has_reserved());
    }
}
