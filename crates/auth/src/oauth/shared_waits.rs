//! Waits that concurrent requests of this process share.

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use domain::Result;
use tokio::sync::OnceCell;

/// The current waits, by the name of the work that they wait for.
#[derive(Debug, Default)]
pub(crate) struct SharedWaits(Mutex<HashMap<String, Weak<OnceCell<bool>>>>);

impl SharedWaits {
    /// Waits for the work with this name. One of the callers runs `wait`, and all get its result.
    /// If that caller is canceled, or its `wait` fails, another one runs `wait`.
    pub(super) async fn join<F: Future<Output = Result<bool>>>(
        &self,
        name: &str,
        wait: impl FnOnce() -> F,
    ) -> Result<bool> {
        self.current(name).get_or_try_init(wait).await.copied()
    }

    /// The wait that has not ended, or a new one.
    fn current(&self, name: &str) -> Arc<OnceCell<bool>> {
        let mut waits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waits.retain(|_, wait| wait.strong_count() > 0);
        let current = waits.get(name).and_then(Weak::upgrade);
        current.filter(|wait| !wait.initialized()).unwrap_or_else(|| {
            let wait = Arc::default();
            waits.insert(name.to_owned(), Arc::downgrade(&wait));
            wait
        })
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::{pending, ready},
        sync::atomic::{AtomicUsize, Ordering},
    };

    use domain::Error;
    use tokio::{
        select,
        sync::Barrier,
        task::{JoinSet, yield_now},
    };

    use super::*;

    #[tokio::test]
    async fn callers_at_once_share_one_wait() {
        let shared = Arc::new((SharedWaits::default(), AtomicUsize::new(0)));
        let join = |shared: Arc<(SharedWaits, AtomicUsize)>| async move {
            let (waits, runs) = &*shared;
            let wait = || async {
                runs.fetch_add(1, Ordering::Relaxed);
                yield_now().await;
                Ok(true)
            };
            waits.join("ann", wait).await.unwrap()
        };
        let callers: JoinSet<_> = (0..50).map(|_| join(Arc::clone(&shared))).collect();
        assert_eq!(callers.join_all().await, [true; 50]);
        assert_eq!(shared.1.load(Ordering::Relaxed), 1);
        assert!(join(Arc::clone(&shared)).await);
        assert_eq!(shared.1.load(Ordering::Relaxed), 2, "a wait that ended is not shared");
    }

    #[tokio::test]
    async fn another_caller_waits_if_one_is_canceled_or_fails() {
        let (waits, barrier) = (SharedWaits::default(), Barrier::new(2));
        let canceled = async {
            select! {
                _ = waits.join("ann", pending) => unreachable!(),
                _ = barrier.wait() => {}
            }
        };
        let failed = waits.join("ann", || ready(Err(Error::Busy)));
        let succeeded = waits.join("ann", || ready(Ok(true)));
        let ((), failed, succeeded, other, _) = tokio::join!(
            canceled,
            failed,
            succeeded,
            waits.join("bob", || ready(Ok(false))),
            barrier.wait()
        );
        assert!(matches!(failed, Err(Error::Busy)));
        assert!(succeeded.unwrap());
        assert!(!other.unwrap(), "another name is another wait");
        assert_eq!(waits.0.lock().unwrap().values().filter(|w| w.strong_count() > 0).count(), 0);
    }
}
