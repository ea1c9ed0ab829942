//! How long an answer may still become, while it is made.
//!
//! The complexity bounds how many values there are, not how long each is: ten thousand
//! long descriptions would fill the memory before anybody saw how long the answer is.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_graphql::{ContextBase, ServerError, ServerResult};

/// Bytes that the answer of one request may still have; part of its data.
#[derive(Debug)]
pub(crate) struct Budget {
    spent: AtomicUsize,
    most: usize,
}

impl Budget {
    pub(crate) fn new(most: usize) -> Self {
        Self { spent: AtomicUsize::new(0), most }
    }

    /// Counts bytes that were made. Fails when there are too many, so that no more are.
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
        ctx.data_opt::<std::sync::Arc<Self>>().map(AsRef::as_ref)
    }
}
