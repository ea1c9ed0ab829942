//! Executes the operations of one socket for async-graphql.
//!
//! The library's own executor, a `Schema`, has no limits, and executes a subscription separately
//! for each client.

use std::{
    any::TypeId,
    future::{pending, ready},
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::{Data, Executor, Request, Response};
use futures_util::{
    FutureExt, Stream, StreamExt,
    stream::{self, BoxStream},
};
use graphql::is_request_error;

use crate::{
    graphql_http::{
        execute::execute,
        params::GraphqlParams,
        prepared::{Prepared, prepare},
        request,
        response::{Refusal, Reporter},
        state::GraphqlHttp,
        subscription::{ClientContext, Reply, ReplySlot, StreamItem, SubscriptionStream},
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
}

impl SocketExecutor {
    pub(super) fn new(graphql: Arc<GraphqlHttp>) -> Self {
        Self { graphql, prepared: Arc::default(), replies: ReplySlot::default() }
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
        let (graphql, context, slot) =
            (Arc::clone(&self.graphql), context.clone(), self.replies.clone());
        let replies = if prepared.is_subscription() {
            subscription(graphql, prepared, context).boxed()
        } else {
            stream::once(result(graphql, prepared, context)).boxed()
        };
        replies.map(move |reply| slot.put(reply)).boxed()
    }
}

/// Opens a subscription. It receives every change after this call.
fn subscription(
    graphql: Arc<GraphqlHttp>,
    prepared: Prepared,
    context: ClientContext,
) -> impl Stream<Item = Reply> + use<> {
    let changes = graphql.subscriptions.changes();
    let opened = async move {
        let opened = SubscriptionStream::open(&graphql, changes, prepared, context.clone()).await;
        opened.map_err(|error| error.into_errors(&context))
    };
    stream::once(opened).flat_map(|opened| match opened {
        Ok(subscription) => stream::unfold(subscription, next).left_stream(),
        Err(errors) => stream::once(ready(Reply::Errors(errors))).right_stream(),
    })
}

async fn next(mut subscription: SubscriptionStream) -> Option<(Reply, SubscriptionStream)> {
    let reply = match subscription.next().await {
        StreamItem::Result(json) => Reply::Result(json, None),
        StreamItem::Lagged(lag) => Reply::Lagged(lag),
        // The connection will be closed with the reason.
        StreamItem::Ended => pending().await,
    };
    Some((reply, subscription))
}

/// Executes a query or mutation.
async fn result(graphql: Arc<GraphqlHttp>, prepared: Prepared, context: ClientContext) -> Reply {
    let ClientContext { client, session, log } = &context;
    // The connection of an ended session will be closed.
    let Some(viewer) = session.viewer() else { return pending().await };
    let reservation = graphql.engine.reservation();
    let executed = async {
        let permit = graphql.limiter.acquire(client.clone(), prepared.points()).await?;
        execute(&graphql, prepared, &viewer, permit, reservation).await
    };
    // After a panic the client gets an error, and its other operations continue.
    let executed = AssertUnwindSafe(executed).catch_unwind().await;
    let reporter = Reporter { viewer: &viewer, log };
    match executed.unwrap_or_else(|_| Err(Refusal::internal())) {
        Ok((response, _)) if is_request_error(&response) => {
            Reply::Errors(reporter.errors(response))
        }
        Ok((response, permit)) => {
            let (json, _) = reporter.body(response);
            permit.count_unsent(json.len());
            Reply::Result(json.into(), Some(permit))
        }
        Err(refusal) => Reply::Errors(vec![refusal.error(log)]),
    }
}
