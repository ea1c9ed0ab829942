//! Counts in this process's memory.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use super::rule::{Count, Failures, Rule};

/// The maximum number of keys, each of about 150 bytes.
const CAPACITY: usize = 100_000;
/// The interval of deleting expired counts in milliseconds.
const SWEEP: i64 = 10_000;

/// The counts by key.
#[derive(Default)]
pub(super) struct MemoryStore(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    /// Each count with its end.
    by_key: HashMap<String, (Count, i64)>,
    next_sweep: i64,
}

impl MemoryStore {
    /// Counts a request, or returns the milliseconds to wait.
    pub(super) fn take(&self, key: &str, rule: Rule, now: i64) -> Result<(), i64> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.sweep(now);
        let before = counts.by_key.get_mut(key).map(|(count, end)| {
            count.last = rule.clamped(count.last, now);
            *end = rule.end(*count);
            *count
        });
        let count = rule.step(before, now)?;
        if before.is_none() {
            counts.evict();
        }
        counts.by_key.insert(key.to_owned(), (count, rule.end(count)));
        Ok(())
    }

    /// Counts a failure of every key, or of none, and returns the milliseconds to wait.
    pub(super) fn consume(&self, failures: &[Failures], now: i64) -> Result<(), i64> {
        for (taken, one) in failures.iter().enumerate() {
            let taken_one = self.take(&one.key, one.rule(), now);
            if taken_one.is_err() {
                self.refund(failures.split_at(taken).0);
                return taken_one;
            }
        }
        Ok(())
    }

    /// Removes a failure from every key.
    pub(super) fn refund(&self, failures: &[Failures]) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for one in failures {
            if let Some((count, _)) = counts.by_key.get_mut(&one.key) {
                count.times = count.times.saturating_sub(1);
            }
        }
    }
}

impl Counts {
    /// Deletes expired counts.
    fn sweep(&mut self, now: i64) {
        // The clock may have gone back since the last time.
        if now >= self.next_sweep || now < self.next_sweep - SWEEP {
            self.by_key.retain(|_, (_, end)| *end > now);
            self.next_sweep = now + SWEEP;
        }
    }

    /// Evicts half of the keys at the maximum, those with the fewest requests: a client that
    /// invents keys evicts these before others.
    fn evict(&mut self) {
        if self.by_key.len() < CAPACITY {
            return;
        }
        let mut times: Vec<_> = self.by_key.values().map(|(count, _)| count.times).collect();
        let (_, fewest, _) = times.select_nth_unstable(CAPACITY / 2);
        let (fewest, mut left) = (*fewest, CAPACITY / 2);
        self.by_key.retain(|_, (count, _)| {
            let stays = count.times > fewest || left == 0;
            left -= usize::from(!stays);
            stays
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule::Sliding { length: 10_000, max: 2 };

    #[test]
    fn keys_are_counted_separately() {
        let memory = MemoryStore::default();
        for key in ["ann", "bob"] {
            assert_eq!(
                [0, 0, 0].map(|now| memory.take(key, RULE, now)),
                [Ok(()), Ok(()), Err(10_000)]
            );
        }
    }

    #[test]
    fn refunded_failures_do_not_count() {
        let memory = MemoryStore::default();
        let ann = [Failures { key: "ann".to_owned(), max: 2 }];
        memory.refund(&ann);
        for _ in 0..5 {
            memory.consume(&ann, 0).unwrap();
            memory.refund(&ann);
        }
        let taken = [0, 0, 0].map(|now| memory.consume(&ann, now).is_ok());
        assert_eq!(taken, [true, true, false]);
    }

    #[test]
    fn a_request_is_counted_by_all_keys_or_by_none() {
        let memory = MemoryStore::default();
        let of = |key: &str| Failures { key: key.to_owned(), max: 1 };
        memory.consume(&[of("bob")], 0).unwrap();
        assert!(memory.consume(&[of("ann"), of("bob")], 0).is_err());
        memory.consume(&[of("ann")], 0).unwrap();
    }

    #[test]
    fn memory_is_bounded_and_evicts_the_least_used_keys_first() {
        let memory = MemoryStore::default();
        let len = || memory.0.lock().unwrap().by_key.len();
        for _ in 0..2 {
            memory.take("ann", RULE, 1).unwrap();
        }
        for i in 0..3 * CAPACITY {
            memory.take(&i.to_string(), RULE, 1).unwrap();
            assert!(len() <= CAPACITY);
        }
        assert!(memory.take("ann", RULE, 1).is_err());
        memory.take("bob", RULE, 10_001).unwrap();
        assert_eq!(len(), 1);
    }
}
