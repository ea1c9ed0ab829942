//! Memory limit for the rows and responses of requests.
//!
//! Most requests are short, and are counted without waiting. A longer request reserves a fixed
//! part of the pool once, and releases it after its response was sent. While the pool is
//! exhausted, it waits. So a hundred long requests at once take no more memory than a few.

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
/// Reserved bytes of a long request per byte of its maximum response: the rows that it reads, and
/// the response under construction.
const LONG_FACTOR: usize = 10;
/// Requests up to this size in bytes are short.
pub(crate) const SHORT_BYTES: usize = 256 * 1024;
/// Bytes that a request may read per byte of its maximum response.
const READ_FACTOR: usize = 3;
/// Timeout for a reservation.
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
    /// Size of the pool in bytes.
    pub const BYTES: usize = POOL;

    /// Creates the reservation of a request whose response may have `max_answer_bytes`. It
    /// reserves nothing yet.
    #[must_use]
    pub fn reservation(&self, max_answer_bytes: usize) -> Arc<Reservation> {
        Reservation::of(Arc::new(SharedReservation {
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

/// Counts the bytes that one request reads, and holds its part of the pool.
pub struct Reservation {
    shared: Arc<SharedReservation>,
    /// Bytes that this request read.
    read: AtomicUsize,
    is_exceeded: AtomicBool,
}

/// Part of the pool that the requests of one batch share.
struct SharedReservation {
    pool: Arc<Semaphore>,
    max_answer_bytes: usize,
    read: AtomicUsize,
    has_reserved: AtomicBool,
    permit: Mutex<Option<OwnedSemaphorePermit>>,
    /// Locked by a request that waits for the pool.
    waiting: tokio::sync::Mutex<()>,
    /// Locked by a statement that may return a long text.
    long_statement_lock: tokio::sync::Mutex<()>,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.shared.read.fetch_sub(*self.read.get_mut(), Ordering::Relaxed);
    }
}

impl fmt::Debug for Reservation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reservation").field("read", &self.read).finish_non_exhaustive()
    }
}

impl Reservation {
    fn of(shared: Arc<SharedReservation>) -> Arc<Self> {
        Arc::new(Self { shared, read: AtomicUsize::new(0), is_exceeded: AtomicBool::new(false) })
    }

    /// Creates the reservation of another request in the same batch. All requests of a batch
    /// share one part of the pool: if each waited for its own part, a batch could deadlock with
    /// itself.
    ///
    /// A request that reads too much is refused alone. Its bytes are subtracted when it ends.
    #[must_use]
    pub fn sibling(&self) -> Arc<Self> {
        Self::of(Arc::clone(&self.shared))
    }

    /// Maximum bytes of the response.
    pub(crate) fn max_answer_bytes(&self) -> usize {
        self.shared.max_answer_bytes
    }

    /// Maximum bytes that the request may read.
    pub(crate) fn max_read_bytes(&self) -> usize {
        self.shared.max_answer_bytes.saturating_mul(READ_FACTOR)
    }

    /// Whether the request holds its part of the pool.
    pub(crate) fn has_reserved(&self) -> bool {
        self.shared.has_reserved.load(Ordering::Acquire)
    }

    /// Whether the request exceeded its read limit.
    #[must_use]
    pub fn is_exceeded(&self) -> bool {
        self.is_exceeded.load(Ordering::Acquire)
    }

    /// Records that the request exceeded its read limit.
    pub(crate) fn mark_exceeded(&self) -> DbErr {
        self.is_exceeded.store(true, Ordering::Release);
        DbErr::Custom("the request exceeds its read limit".to_owned())
    }

    /// Waits until no other statement of the request may return a long text.
    pub(crate) async fn lock_long_statement(&self) -> MutexGuard<'_, ()> {
        self.shared.long_statement_lock.lock().await
    }

    /// Counts bytes that were read. Returns false, and counts nothing, if they exceed the
    /// reservation.
    pub(crate) fn try_count(&self, bytes: usize) -> bool {
        let long = self.max_read_bytes().max(SHORT_BYTES);
        let limit = if self.has_reserved() { long } else { SHORT_BYTES };
        self.read.fetch_add(bytes, Ordering::Relaxed);
        let before = self.shared.read.fetch_add(bytes, Ordering::Relaxed);
        let fits = before.saturating_add(bytes) <= limit;
        if !fits {
            self.uncount(bytes);
        }
        fits
    }

    /// Subtracts bytes of dropped rows.
    pub(crate) fn uncount(&self, bytes: usize) {
        self.read.fetch_sub(bytes, Ordering::Relaxed);
        self.shared.read.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Reserves a long request's part of the pool, once. On a timeout it fails like a missing
    /// connection.
    pub(crate) async fn reserve(&self) -> Result<(), DbErr> {
        let _waiting = self.shared.waiting.lock().await;
        if self.has_reserved() {
            return Ok(());
        }
        let permit =
            timeout(WAIT, Arc::clone(&self.shared.pool).acquire_many_owned(self.units())).await;
        match permit {
            Ok(Ok(permit)) => {
                self.store_permit(permit);
                Ok(())
            }
            _ => Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)),
        }
    }

    /// Counts a response of `bytes`. Returns false if it is long and the pool is exhausted.
    #[must_use]
    pub fn try_reserve_answer(&self, bytes: usize) -> bool {
        if bytes <= SHORT_BYTES || self.has_reserved() {
            return true;
        }
        // A request that already waits for the pool reserves for its response, too.
        let Ok(_waiting) = self.shared.waiting.try_lock() else { return true };
        let permit = Arc::clone(&self.shared.pool).try_acquire_many_owned(self.units());
        permit.map(|permit| self.store_permit(permit)).is_ok()
    }

    /// Units of the pool that a long request reserves.
    fn units(&self) -> u32 {
        units(self.shared.max_answer_bytes.saturating_mul(LONG_FACTOR).min(POOL))
    }

    fn store_permit(&self, permit: OwnedSemaphorePermit) {
        *self.shared.permit.lock().unwrap_or_else(PoisonError::into_inner) = Some(permit);
        self.shared.has_reserved.store(true, Ordering::Release);
    }

    /// Shrinks the reservation to the bytes of a response that waits to be sent.
    pub fn shrink_to(&self, bytes: usize) {
        let mut permit = self.shared.permit.lock().unwrap_or_else(PoisonError::into_inner);
        let remaining = permit.as_mut().and_then(|permit| permit.split(units(bytes) as usize));
        *permit = remaining;
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
    async fn a_waiting_request_gets_the_memory_of_one_that_ends() {
        let pool = MemoryPool::default();
        let long: Vec<_> =
            (0..POOL / (ANSWER * LONG_FACTOR)).map(|_| pool.reservation(ANSWER)).collect();
        assert!(long.iter().all(|request| request.try_reserve_answer(ANSWER)));
        let next = pool.reservation(ANSWER);
        let (reserved, ()) = tokio::join!(next.reserve(), async { drop(long) });
        assert!(reserved.is_ok() && next.has_reserved());
    }

    #[tokio::test]
    async fn requests_of_a_batch_share_one_reservation() {
        let pool = MemoryPool::default();
        let list = pool.reservation(ANSWER);
        let all: Vec<_> = (0..10).map(|_| list.sibling()).collect();
        for request in &all {
            request.reserve().await.unwrap();
        }
        assert_eq!(pool.0.available_permits(), (POOL - ANSWER * LONG_FACTOR) / UNIT);
        assert!(all[0].try_count(ANSWER * READ_FACTOR) && !all[1].try_count(1));
        _ = all[1].mark_exceeded();
        assert!(all[1].is_exceeded() && !all[2].is_exceeded());
        drop(all);
        assert!(list.sibling().try_count(ANSWER * READ_FACTOR) && list.has_reserved());
        list.shrink_to(ANSWER);
        assert_eq!(pool.0.available_permits(), (POOL - ANSWER) / UNIT);
        drop(list);
        assert_eq!(pool.0.available_permits(), POOL / UNIT);
    }
}
