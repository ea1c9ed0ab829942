//! How long an answer may still become, while it is made.
//!
//! The complexity bounds how many values there are, not how long each is: ten thousand
//! long descriptions would fill the memory before anybody saw how long the answer is.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use async_graphql::{ServerError, ServerResult, Value};

/// The memory that the answers of all requests share.
pub trait AnswerMemory: Send + Sync {
    /// Reserves memory for an answer that has `bytes` so far. Returns `false` if none is free.
    fn try_reserve(&self, bytes: usize) -> bool;

    /// Whether the request has read more rows for its answer than it may.
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

/// Bytes of resolvers that wait up to which a request is short.
const SHORT: usize = 1024 * 1024;
/// How many times the bytes of the answer may be those of resolvers that wait.
const WAITING: usize = 4;

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

    /// Counts so many bytes. Fails when there are too many, or no room for as many, so that
    /// no more are made.
    pub(crate) fn spend(&self, bytes: usize) -> ServerResult<()> {
        let spent = self.spent.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        if spent > self.limit {
            return Err(ServerError::new("too long", None));
        }
        self.take(spent)
    }

    /// Counts the bytes of a resolver that has to wait, until all of the request end. Fails
    /// when too many wait.
    pub(crate) fn wait(&self, bytes: usize) -> ServerResult<()> {
        let waiting = self.waiting.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        if waiting > self.limit.saturating_mul(WAITING).max(SHORT) {
            self.spent.store(usize::MAX, Ordering::Relaxed);
            return Err(ServerError::new("too many", None));
        }
        if waiting <= SHORT { Ok(()) } else { self.take(waiting) }
    }

    /// Makes sure of the memory of something that has so many bytes.
    fn take(&self, bytes: usize) -> ServerResult<()> {
        if self.memory.try_reserve(bytes) {
            return Ok(());
        }
        self.is_refused.store(true, Ordering::Relaxed);
        Err(ServerError::new("no room", None))
    }

    /// Whether the answer has too many, or more was read for it than may be.
    pub(crate) fn is_exceeded(&self) -> bool {
        self.spent.load(Ordering::Relaxed) > self.limit || self.memory.is_exceeded()
    }

    /// Whether there was no room for a long answer.
    pub(crate) fn is_refused(&self) -> bool {
        self.is_refused.load(Ordering::Relaxed)
    }
}

/// How many bytes of JSON a value is, about, without the lists in it: they were counted
/// as they were made.
pub(crate) fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => escaped(text),
        Value::Enum(name) => name.len() + 2,
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| name.len() + size(value) + 4).sum::<usize>() + 2
        }
        Value::Null | Value::Boolean(_) | Value::Number(_) => 4,
        Value::List(_) | Value::Binary(_) => 2,
    }
}

/// A text in quotes; a control character is written with six letters.
fn escaped(text: &str) -> usize {
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
    fn what_is_made_is_counted_once_as_it_is_written() {
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
