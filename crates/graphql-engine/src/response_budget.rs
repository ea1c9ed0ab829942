//! The remaining bytes of a response, counted while it is written.
//!
//! The complexity limits the number of values in a response, not their length: ten thousand long
//! texts would fill the memory before the length of the response is known.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use async_graphql::{ServerError, ServerResult, Value};

/// Memory that the responses of all requests share.
pub trait AnswerMemory: Send + Sync {
    /// Reserves memory for an answer that has `bytes` so far. Returns `false` if none is free.
    fn try_reserve(&self, bytes: usize) -> bool;

    /// Whether the request has read more rows than it may.
    fn is_exceeded(&self) -> bool;
}

/// Memory without a limit; [`LimitKind::ResponseBytes`](crate::LimitKind::ResponseBytes)
/// bounds each answer all the same.
#[derive(Clone, Copy, Debug, Default)]
pub struct UnlimitedMemory;

impl AnswerMemory for UnlimitedMemory {
    fn try_reserve(&self, _: usize) -> bool {
        true
    }

    fn is_exceeded(&self) -> bool {
        false
    }
}

/// The bytes that the answer of one request may still have.
pub(crate) struct ResponseBudget {
    spent: AtomicUsize,
    limit: usize,
    memory: Arc<dyn AnswerMemory>,
    is_refused: AtomicBool,
    waiting: AtomicUsize,
}

/// Bytes of pending resolvers up to which no memory is reserved.
const SHORT_BYTES: usize = 1024 * 1024;
/// Limit of the bytes of pending resolvers, as a multiple of the bytes of the answer.
const PENDING_FACTOR: usize = 4;

impl ResponseBudget {
    pub(crate) fn new(limit: usize, memory: Arc<dyn AnswerMemory>) -> Self {
        Self {
            spent: AtomicUsize::new(0),
            limit,
            memory,
            is_refused: AtomicBool::new(false),
            waiting: AtomicUsize::new(0),
        }
    }

    /// Counts bytes of the answer. Fails when the answer is too long or no memory is free, so
    /// that no more is written.
    pub(crate) fn spend(&self, bytes: usize) -> ServerResult<()> {
        let spent = self.spent.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        if spent > self.limit {
            return Err(ServerError::new("too long", None));
        }
        self.reserve(spent)
    }

    /// Counts the bytes of a pending resolver, until the request ends. Fails when too many
    /// are pending.
    pub(crate) fn wait(&self, bytes: usize) -> ServerResult<()> {
        let waiting = self.waiting.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        if waiting > self.limit.saturating_mul(PENDING_FACTOR).max(SHORT_BYTES) {
            self.spent.store(usize::MAX, Ordering::Relaxed);
            return Err(ServerError::new("too many", None));
        }
        if waiting <= SHORT_BYTES { Ok(()) } else { self.reserve(waiting) }
    }

    fn reserve(&self, bytes: usize) -> ServerResult<()> {
        if self.memory.try_reserve(bytes) {
            return Ok(());
        }
        self.is_refused.store(true, Ordering::Relaxed);
        Err(ServerError::new("no memory", None))
    }

    /// Whether the answer is too long, or too many rows were read for it.
    pub(crate) fn is_exceeded(&self) -> bool {
        self.spent.load(Ordering::Relaxed) > self.limit || self.memory.is_exceeded()
    }

    /// Whether no memory was free for a long answer.
    pub(crate) fn is_refused(&self) -> bool {
        self.is_refused.load(Ordering::Relaxed)
    }
}

/// About how many bytes of JSON a value takes, without the lists in it: they were counted
/// when they were written.
pub(crate) fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => escaped_len(text),
        Value::Enum(name) => name.len() + 2,
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| name.len() + size(value) + 4).sum::<usize>() + 2
        }
        Value::Null | Value::Boolean(_) | Value::Number(_) => 4,
        Value::List(_) | Value::Binary(_) => 2,
    }
}

/// The bytes of a quoted string. A control character is written as `\u0001`.
fn escaped_len(text: &str) -> usize {
    let longer = text.bytes().map(|byte| match byte {
        b'"' | b'\\' => 1,
        0..0x20 => 5,
        _ => 0,
    });
    text.len() + longer.sum::<usize>() + 2
}

#[cfg(test)]
mod tests {
    use async_graphql::value;

    use super::*;

    #[test]
    fn values_are_counted_as_they_are_written() {
        let item =
            value!({ "title": "Emma \"\\ \u{1}", "year": 1815, "authors": [{ "name": "x" }] });
        let budget = ResponseBudget::new(size(&item) * 3, Arc::new(UnlimitedMemory));
        for _ in 0..3 {
            assert!(budget.spend(size(&item)).is_ok());
        }
        assert!(!budget.is_exceeded());
        assert!(budget.spend(size(&value!(1))).is_err() && budget.is_exceeded());
        assert_eq!(size(&value!("\"\\\u{1}é")), r#""\"\\\u0001é""#.len());
    }
}
