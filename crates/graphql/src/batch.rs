//! Keys that are asked for at the same moment, loaded together.

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

/// Loads values by key, in rounds: the resolvers of a level each ask for their key, and
/// when all have been asked, the first that is asked again loads for all. Nothing is
/// remembered from round to round, and no clock decides when one ends.
pub(crate) struct Batch<K, V>(Mutex<Option<Arc<Round<K, V>>>>);

type Round<K, V> = Mutex<State<K, V>>;
/// Goes on as long as one of those who wait for it does.
type Loading<K, V> = Shared<BoxFuture<'static, Result<Arc<HashMap<K, V>>, ApiError>>>;

enum State<K, V> {
    Open(HashSet<K>),
    Closed(Loading<K, V>),
}

impl<K, V> Default for Batch<K, V> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<K, V> Batch<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// The value of `key`; `load` is called by one of those who ask together.
    pub(crate) async fn load<F>(
        &self,
        key: K,
        load: impl FnOnce(Vec<K>) -> F,
    ) -> Result<Option<V>, ApiError>
    where
        F: Future<Output = Result<HashMap<K, V>>> + Send + 'static,
    {
        let round = self.join(key.clone());
        // A task asks all of its resolvers before it asks one of them again.
        yield_now().await;
        let found = close(&round, load).await?;
        Ok(found.get(&key).cloned())
    }

    /// The round that is open, to which `key` belongs now.
    fn join(&self, key: K) -> Arc<Round<K, V>> {
        let mut current = held(&self.0);
        if let Some(round) = &*current
            && let State::Open(keys) = &mut *held(round)
        {
            keys.insert(key);
            return Arc::clone(round);
        }
        let round = Arc::new(Mutex::new(State::Open(HashSet::from([key]))));
        Arc::clone(current.insert(round))
    }
}

/// What the round loads; nobody joins it any more.
fn close<K, V, F>(round: &Round<K, V>, load: impl FnOnce(Vec<K>) -> F) -> Loading<K, V>
where
    K: Send + Sync + 'static,
    V: Send + Sync + 'static,
    F: Future<Output = Result<HashMap<K, V>>> + Send + 'static,
{
    let mut state = held(round);
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
    struct Squares(Batch<u32, u32>, Arc<AtomicUsize>);

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
        let batch = Batch::<u32, u32>::default();
        let fail = |_| async { Err(Error::Busy) };
        let both = join_all([batch.load(1, fail), batch.load(2, fail)]).await;
        assert!(both.iter().all(Result::is_err));
    }
}
