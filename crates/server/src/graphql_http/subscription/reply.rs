//! Replies that bypass async-graphql's `Response`.
//!
//! async-graphql has no response that is already JSON text. Its `Response` contains a tree of
//! values, which would be built and written again for each of the clients that share one result.
//! So an operation stores its reply in a [`ReplySlot`] and returns an empty `Response`; the
//! connection then replaces the empty response by the reply.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_graphql::{Response, ServerError};
use axum::body::Bytes;

use super::Lag;
use crate::graphql_http::concurrency::ConcurrencyPermit;

/// One reply of an operation.
pub(crate) enum Reply {
    /// A result as JSON, with the permit of a query or mutation until it is sent.
    Result(Bytes, Option<ConcurrencyPermit>),
    /// The operation was not executed, or has ended: its last errors.
    Errors(Vec<ServerError>),
    /// The client has missed changes.
    Lagged(Lag),
}

/// Holds the reply that replaces an empty `Response` of the library. Clones share the slot.
///
/// The libraries write one response before they request the next, so one slot is enough.
#[derive(Clone, Default)]
pub(crate) struct ReplySlot(Arc<Mutex<Option<Reply>>>);

impl ReplySlot {
    /// Stores the reply and returns its placeholder.
    pub(crate) fn put(&self, reply: Reply) -> Response {
        *self.lock() = Some(reply);
        Response::default()
    }

    pub(crate) fn take(&self) -> Option<Reply> {
        self.lock().take()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Reply>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
