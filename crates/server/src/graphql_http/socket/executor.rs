//! Executes the operations of one socket for async-graphql.
//!
//! The library's own executor, a `Schema`, has no limits, and executes a subscription separately
//! for each client.

use std::{
    any::TypeId,
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::{Data, Executor, Request, Response};
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};

use super::operation_task::{self, Turns};
use crate::{
    graphql_http::{
        params::GraphqlParams,
        prepared::{Prepared, prepare},
        request,
        response::Refusal,
        state::GraphqlHttp,
        subscription::{ClientContext, ReplySlot},
    },
    telemetry::RequestLog,
};

/// Executes the operations that its connection has prepared. Clones share them.
#[derive(Clone)]
pub(super) struct SocketExecutor {
    graphql: Arc<GraphqlHttp>,
    /// The operation of the next `subscribe` message that the library reads.
    prepared: Arc<Mutex<Option<Prepared>>>,
    /// The reply of the next `next` message that the library writes.
    pub(super) replies: ReplySlot,
    turns: Turns,
}

impl SocketExecutor {
    pub(super) fn new(graphql: Arc<GraphqlHttp>) -> Self {
        Self {
            graphql,
            prepared: Arc::default(),
            replies: ReplySlot::default(),
            turns: Turns::default(),
        }
    }

    /// Stores an operation for the `subscribe` message that the library reads next, unless the
    /// socket has too many `running` operations.
    pub(super) fn enqueue(
        &self,
        params: GraphqlParams,
        running: usize,
        log: &RequestLog,
    ) -> Result<(), Refusal> {
        let limit = self.graphql.subscriptions.settings.per_socket;
        if running >= limit as usize {
            let setting = "GRAPHQL_SUBSCRIPTIONS_PER_SOCKET";
            let message = format!("more than {limit} operations of one socket ({setting})");
            return Err(Refusal::rate_limited(message, 1));
        }
        let prepared = prepare(&self.graphql, request::request(params)?, true, log)?;
        *self.prepared.lock().unwrap_or_else(PoisonError::into_inner) = Some(prepared);
        Ok(())
    }

    fn dequeue(&self) -> Option<Prepared> {
        self.prepared.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Executor for SocketExecutor {
    async fn execute(&self, request: Request) -> Response {
        self.execute_stream(request, None).next().await.unwrap_or_default()
    }

    fn execute_stream(&self, _: Request, data: Option<Arc<Data>>) -> BoxStream<'static, Response> {
        let context = data.as_deref().and_then(|data| data.get(&TypeId::of::<ClientContext>()));
        let context = context.and_then(|context| context.downcast_ref::<ClientContext>());
        let (Some(prepared), Some(context)) = (self.dequeue(), context) else {
            return stream::empty().boxed();
        };
        let (graphql, slot) = (Arc::clone(&self.graphql), self.replies.clone());
        operation_task::spawn(graphql, prepared, context.clone(), self.turns.clone())
            .map(move |reply| slot.put(reply))
            .boxed()
    }
}
