//! A DataLoader: keys that resolvers ask for at the same moment are loaded together.
//!
//! async-graphql's own decides by a clock when a batch ends; this one by the executor, which
//! polls all resolvers of a level before it polls one of them again.

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

/// Loads values by key, in generations: each resolver of a level adds its key, and the first
/// one that is polled again loads the keys of all. Nothing is cached between generations.
pub(crate) struct BatchLoader<K, V>(Mutex<Option<Arc<Generation<K, V>>>>);

type Generation<K, V> = Mutex<State<K, V>>;
/// Runs as long as one of the resolvers that wait for it does.
type Loading<K, V> = Shared<BoxFuture<'static, Result<Arc<HashMap<K, V>>, ApiError>>>;

enum State<K, V> {
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
    /// The value of `key`; `load` is called once for each generation.
    pub(crate) async fn load<F>(
        &self,
        key: K,
        load: impl FnOnce(Vec<K>) -> F,
    ) -> Result<Option<V>, ApiError>
    where
        F: Future<Output = Result<HashMap<K, V>>> + Send + 'static,
    {
        let generation = self.join(key.clone());
        // A task polls all of its resolvers before it polls one of them again.
        yield_now().await;
        let found = close(&generation, load).await?;
        Ok(found.get(&key).cloned())
    }

    /// The open generation, to which `key` is added.
    fn join(&self, key: K) -> Arc<Generation<K, V>> {
        let mut current = held(&self.0);
        if let Some(generation) = &*current
            && let State::Open(keys) = &mut *held(generation)
        {
            keys.insert(key);
            return Arc::clone(generation);
        }
        let generation = Arc::new(Mutex::new(State::Open(HashSet::from([key]))));
        Arc::clone(current.insert(generation))
    }
}

/// Closes a generation: what it loads.
fn close<K, V, F>(generation: &Generation<K, V>, load: impl FnOnce(Vec<K>) -> F) -> Loading<K, V>
where
    K: Send + Sync + 'static,
    V: Send + Sync + 'static,
    F: Future<Output = Result<HashMap<K, V>>> + Send + 'static,
{
    let mut state = held(generation);
    let keys = match &mut *state {
        State::Closed(loading) => return loading.clone(),
        State::Open(keys) => mem::take(keys).into_iter().collect(),
    };
    let loading = load(keys);
    let loading = async move { Ok(Arc::new(loading.await?)) }.boxed().shared();
    *state = State::Closed(loading.clone());
    loading
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_graphql::futures_util::future::{join_all, select};
    use domain::Error;

    use super::*;

    /// Squares, and how often they were loaded.
    #[derive(Default)]
    struct Squares(BatchLoader<u32, u32>, Arc<AtomicUsize>);

    impl Squares {
        async fn of(&self, number: u32) -> Option<u32> {
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
    async fn keys_that_are_asked_for_together_are_loaded_once() {
        let squares = Squares::default();
        let all = join_all((0..200).map(|number| squares.of(number % 100))).await;
        assert_eq!(all[199], Some(99 * 99));
        assert_eq!(squares.loads(), 1);
        assert_eq!((squares.of(7).await, squares.of(1_000).await), (Some(49), None));
        assert_eq!(squares.loads(), 3);
    }

    #[tokio::test]
    async fn who_stops_waiting_stops_nobody_else() {
        let squares = Squares::default();
        let mut leader = Box::pin(squares.of(1));
        let mut other = Box::pin(squares.of(2));
        // Polled alternately until one is done, then the leader goes.
        let a_while = Box::pin(async {
            yield_now().await;
            yield_now().await;
        });
        drop(select(&mut leader, a_while).await);
        drop(select(&mut other, Box::pin(yield_now())).await);
        drop(leader);
        assert_eq!(other.await, Some(4));
    }

    #[tokio::test]
    async fn a_failure_reaches_all_who_asked() {
        let batch = BatchLoader::<u32, u32>::default();
        let fail = |_| async { Err(Error::Busy) };
        let both = join_all([batch.load(1, fail), batch.load(2, fail)]).await;
        assert!(both.iter().all(Result::is_err));
    }
}
