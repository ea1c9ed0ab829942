//! How long an answer may still become, while it is made.
//!
//! The complexity bounds how many values there are, not how long each is: ten thousand
//! long descriptions would fill the memory before anybody saw how long the answer is.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_graphql::{ContextBase, ServerError, ServerResult, Value};

use crate::context::RequestState;

/// Bytes that the answer of one request may still have.
#[derive(Debug)]
pub(crate) struct Budget {
    spent: AtomicUsize,
    most: usize,
}

impl Budget {
    pub(crate) fn new(most: usize) -> Self {
        Self { spent: AtomicUsize::new(0), most }
    }

    /// Counts so many bytes. Fails when there are too many, so that no more are made.
    pub(crate) fn spend(&self, bytes: usize) -> ServerResult<()> {
        self.spent.fetch_add(bytes, Ordering::Relaxed);
        if self.is_exceeded() { Err(ServerError::new("too long", None)) } else { Ok(()) }
    }

    /// Whether there were too many.
    pub(crate) fn is_exceeded(&self) -> bool {
        self.spent.load(Ordering::Relaxed) > self.most
    }

    /// The budget of a request, if there is one.
    pub(crate) fn of<'c, T>(ctx: &'c ContextBase<'_, T>) -> Option<&'c Self> {
        RequestState::of(ctx).map(|state| &state.budget)
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
        let budget = Budget::new(size(&item) * 3);
        for _ in 0..3 {
            assert!(budget.spend(size(&item)).is_ok());
        }
        assert!(!budget.is_exceeded());
        assert!(budget.spend(size(&value!(1))).is_err() && budget.is_exceeded());
        assert_eq!(size(&value!("\"\\\u{1}é")), r#""\"\\\u0001é""#.len());
    }
}
