//! Counts in this process's memory.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use super::rule::{Count, Rule};

/// Keys that are remembered at once.
const CAPACITY: usize = 100_000;
/// How often what is over is swept out, in milliseconds.
const SWEEP: i64 = 10_000;

/// The counts by key.
#[derive(Default)]
pub(super) struct Memory(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    /// With when each may be forgotten.
    by_key: HashMap<String, (Count, i64)>,
    next_sweep: i64,
}

impl Memory {
    /// Counts one, or says how many milliseconds to wait.
    pub(super) fn take(&self, key: &str, rule: Rule, now: i64) -> Result<(), i64> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.sweep(now);
        let before = counts.by_key.get(key).map(|(count, _)| *count);
        let count = rule.step(before, now)?;
        if before.is_none() {
            counts.make_room();
        }
        counts.by_key.insert(key.to_owned(), (count, rule.end(count)));
        Ok(())
    }
}

impl Counts {
    /// Forgets what is over.
    fn sweep(&mut self, now: i64) {
        if now >= self.next_sweep {
            self.by_key.retain(|_, (_, end)| *end > now);
            self.next_sweep = now + SWEEP;
        }
    }

    /// Forgets somebody at random when all places are taken.
    fn make_room(&mut self) {
        if self.by_key.len() >= CAPACITY
            && let Some(key) = self.by_key.keys().next().cloned()
        {
            self.by_key.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule::Sliding { length: 10_000, max: 2 };

    #[test]
    fn keys_are_counted_apart() {
        let memory = Memory::default();
        for key in ["ann", "bob"] {
            assert_eq!(
                [0, 0, 0].map(|now| memory.take(key, RULE, now)),
                [Ok(()), Ok(()), Err(10_000)]
            );
        }
    }

    #[test]
    fn memory_is_bounded_and_given_back() {
        let memory = Memory::default();
        let len = || memory.0.lock().unwrap().by_key.len();
        for i in 0..CAPACITY + 500 {
            memory.take(&i.to_string(), RULE, 1).unwrap();
        }
        assert_eq!(len(), CAPACITY);
        memory.take("ann", RULE, 10_001).unwrap();
        assert_eq!(len(), 1);
    }
}
