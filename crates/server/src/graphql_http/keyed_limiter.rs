//! Counts how much of a shared resource each user or address holds.

use std::{
    collections::{HashMap, hash_map::Entry},
    convert::Infallible,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Amounts by key, and their sum. Clones share them.
#[derive(Debug)]
pub(super) struct KeyedLimiter<K>(Arc<Mutex<AmountsByKey<K>>>);

#[derive(Debug)]
struct AmountsByKey<K> {
    total: usize,
    by_key: HashMap<K, usize>,
}

/// Amounts after a lease has grown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Amounts {
    /// Amount of the lease's key.
    pub(super) own: usize,
    /// Amount of all keys.
    pub(super) total: usize,
}

/// An amount that a key holds until the lease is dropped.
#[derive(Debug)]
pub(super) struct Lease<K: Eq + Hash> {
    limiter: KeyedLimiter<K>,
    key: K,
    amount: usize,
}

impl<K> Clone for KeyedLimiter<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K> Default for KeyedLimiter<K> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(AmountsByKey { total: 0, by_key: HashMap::new() })))
    }
}

impl<K: Clone + Eq + Hash> KeyedLimiter<K> {
    /// Creates a lease of amount 0.
    pub(super) fn lease(&self, key: K) -> Lease<K> {
        Lease { limiter: self.clone(), key, amount: 0 }
    }

    /// Leases one unit to `key`, or `None` if `key` holds `limit` already.
    pub(super) fn acquire(&self, key: K, limit: u32) -> Option<Lease<K>> {
        let mut lease = self.lease(key);
        let fits = |amounts: Amounts| if amounts.own <= limit as usize { Ok(()) } else { Err(()) };
        lease.try_grow(1, fits).is_ok().then_some(lease)
    }

    /// Returns the amount that `key` holds.
    pub(super) fn amount_of(&self, key: &K) -> usize {
        let held = self.lock();
        if held.total == 0 { 0 } else { held.by_key.get(key).copied().unwrap_or_default() }
    }
}

impl<K> KeyedLimiter<K> {
    fn lock(&self) -> MutexGuard<'_, AmountsByKey<K>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Clone + Eq + Hash> Lease<K> {
    pub(super) fn key(&self) -> &K {
        &self.key
    }

    pub(super) fn amount(&self) -> usize {
        self.amount
    }

    /// Adds `amount`.
    pub(super) fn grow(&mut self, amount: usize) {
        let Ok(()) = self.try_grow(amount, |_| Ok::<_, Infallible>(()));
    }

    /// Adds `amount` if `check` accepts the resulting amounts.
    pub(super) fn try_grow<E>(
        &mut self,
        amount: usize,
        check: impl FnOnce(Amounts) -> Result<(), E>,
    ) -> Result<(), E> {
        if amount == 0 {
            return Ok(());
        }
        let mut held = self.limiter.lock();
        let total = held.total.saturating_add(amount);
        match held.by_key.entry(self.key.clone()) {
            Entry::Occupied(mut entry) => {
                let own = entry.get().saturating_add(amount);
                check(Amounts { own, total })?;
                entry.insert(own);
            }
            Entry::Vacant(entry) => {
                check(Amounts { own: amount, total })?;
                entry.insert(amount);
            }
        }
        held.total = total;
        self.amount = self.amount.saturating_add(amount);
        Ok(())
    }
}

impl<K: Eq + Hash> Drop for Lease<K> {
    fn drop(&mut self) {
        if self.amount == 0 {
            return;
        }
        let mut held = self.limiter.lock();
        held.total = held.total.saturating_sub(self.amount);
        match held.by_key.get_mut(&self.key) {
            Some(own) if *own > self.amount => *own -= self.amount,
            _ => {
                held.by_key.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_counted_by_key_and_returned() {
        let limiter = KeyedLimiter::default();
        let (first, second) = (limiter.acquire("ann", 2).unwrap(), limiter.acquire("ann", 2));
        assert!(limiter.acquire("ann", 2).is_none() && limiter.acquire("bob", 2).is_some());
        drop(first);
        let third = limiter.acquire("ann", 2).unwrap();
        assert!(limiter.acquire("ann", 2).is_none());
        assert_eq!((limiter.amount_of(&"ann"), limiter.amount_of(&"bob")), (2, 0));
        drop((second, third));
        let held = limiter.lock();
        assert!(held.total == 0 && held.by_key.is_empty());
    }

    #[test]
    fn a_unit_is_returned_when_its_holder_panics() {
        let limiter = KeyedLimiter::default();
        let lease = limiter.acquire("ann", 1).unwrap();
        let panicked = std::thread::spawn(move || {
            let _lease = lease;
            panic!("on purpose");
        });
        assert!(panicked.join().is_err());
        assert!(limiter.acquire("ann", 1).is_some());
    }
}
