//! A DataLoader: loads the keys of all resolvers of a level together.
//!
//! The DataLoader of async-graphql waits a fixed time for further keys. This one waits until the
//! task has polled all resolvers of the level once.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_graphql::futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use domain::Result;
use tokio::task::yield_now;

use crate::error::ApiError;

/// Loads values by key, in batches: each resolver of a level adds its key, and the first resolver
/// that is polled again loads all keys. Nothing is cached between batches.
pub(crate) struct BatchLoader<K, V>(Mutex<Option<Arc<Batch<K, V>>>>);

type Batch<K, V> = Mutex<BatchState<K, V>>;
/// The result of a batch. The loading is canceled when no resolver waits for it.
type Loading<K, V> = Shared<BoxFuture<'static, Result<Arc<HashMap<K, V>>, ApiError>>>;

enum BatchState<K, V> {
    Open(HashSet<K>),
    Closed(Loading<K, V>),
}

impl<K, V> Default for BatchLoader<K, V> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<K, V> BatchLoader<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Returns the value of `key`. One caller's `load` is called for each batch, so all callers
    /// must pass the same one.
    pub(crate) async fn load<F>(
        &self,
        key: K,
        load: impl FnOnce(Vec<K>) -> F,
    ) -> Result<Option<V>, ApiError>
    where
        F: Future<Output = Result<HashMap<K, V>>> + Send + 'static,
    {
        let batch = self.join(key.clone());
        // A task polls all of its resolvers before it polls one of them again.
        yield_now().await;
        let found = close(&batch, load).await?;
        Ok(found.get(&key).cloned())
    }

    /// Adds `key` to the open batch, and returns the batch.
    fn join(&self, key: K) -> Arc<Batch<K, V>> {
        let mut current = lock(&self.0);
        if let Some(batch) = &*current
            && let BatchState::Open(keys) = &mut *lock(batch)
        {
            keys.insert(key);
            return Arc::clone(batch);
        }
        let batch = Arc::new(Mutex::new(BatchState::Open(HashSet::from([key]))));
        Arc::clone(current.insert(batch))
    }
}

/// Closes a batch, and returns its loading.
fn close<K, V, F>(batch: &Batch<K, V>, load: impl FnOnce(Vec<K>) -> F) -> Loading<K, V>
where
    K: Send + Sync + 'static,
    V: Send + Sync + 'static,
    F: Future<Output = Result<HashMap<K, V>>> + Send + 'static,
{
    let mut state = lock(batch);
    let keys = match &mut *state {
        BatchState::Closed(loading) => return loading.clone(),
        BatchState::Open(keys) => mem::take(keys).into_iter().collect(),
    };
    let loading = load(keys);
    let loading = async move { Ok(Arc::new(loading.await?)) }.boxed().shared();
    *state = BatchState::Closed(loading.clone());
    loading
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_graphql::futures_util::future::{join_all, select};
    use domain::Error;

    use super::*;

    /// A loader of squares, and its number of loads.
    #[derive(Default)]
    struct Squares(BatchLoader<u32, u32>, Arc<AtomicUsize>);

    impl Squares {
        async fn square_of(&self, number: u32) -> Option<u32> {
            let loads = Arc::clone(&self.1);
            let load = |keys: Vec<u32>| async move {
                loads.fetch_add(1, Ordering::Relaxed);
                yield_now().await;
                Ok(keys
                    .into_iter()
                    .filter(|key| *key < 1_000)
                    .map(|key| (key, key * key))
                    .collect())
            };
            self.0.load(number, load).await.unwrap()
        }

        fn loads(&self) -> usize {
            self.1.load(Ordering::Relaxed)
        }
    }

    #[tokio::test]
    async fn keys_of_one_level_are_loaded_once() {
        let squares = Squares::default();
        let all = join_all((0..200).map(|number| squares.square_of(number % 100))).await;
        assert_eq!(all[199], Some(99 * 99));
        assert_eq!(squares.loads(), 1);
        assert_eq!((squares.square_of(7).await, squares.square_of(1_000).await), (Some(49), None));
        assert_eq!(squares.loads(), 3);
    }

    #[tokio::test]
    async fn a_canceled_resolver_does_not_cancel_the_batch() {
        let squares = Squares::default();
        let mut leader = Box::pin(squares.square_of(1));
        let mut other = Box::pin(squares.square_of(2));
        // Both are polled before the first one is dropped.
        let two_polls = Box::pin(async {
            yield_now().await;
            yield_now().await;
        });
        drop(select(&mut leader, two_polls).await);
        drop(select(&mut other, Box::pin(yield_now())).await);
        drop(leader);
        assert_eq!(other.await, Some(4));
    }

    #[tokio::test]
    async fn a_failure_reaches_all_resolvers() {
        let loader = BatchLoader::<u32, u32>::default();
        let fail = |_| async { Err(Error::Busy) };
        let both = join_all([loader.load(1, fail), loader.load(2, fail)]).await;
        assert!(both.iter().all(Result::is_err));
    }
}
