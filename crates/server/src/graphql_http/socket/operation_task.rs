//! Task of one operation of a socket.
//!
//! async-graphql polls all operations of a socket in the task that waits for the client to read,
//! and takes their results in the order of a hash map. So a client that does not read would also
//! stop its running statements, and a busy subscription would delay the others. Here each operation
//! is a task, and takes turns with the other operations of its socket.

use std::{future::pending, panic::AssertUnwindSafe, sync::Arc};

use futures_util::{FutureExt, Stream, stream};
use graphql::is_request_error;
use services::events::Received;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, mpsc};
use tracing::Instrument;

use crate::graphql_http::{
    execute::execute,
    prepared::Prepared,
    response::{Refusal, Reporter},
    state::GraphqlHttp,
    subscription::{ClientContext, Reply, StreamItem, SubscriptionStream},
};

/// Turns of the operations of one socket, in the order of their requests. Clones share them.
#[derive(Clone)]
pub(super) struct Turns(Arc<Semaphore>);

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

/// A reply, or `None` at the end of the operation, with the turn until the library takes it.
/// Boxed because a channel allocates space for 32 items.
type Item = Box<(Option<Reply>, OwnedSemaphorePermit)>;

/// Passes the replies of one operation to the library.
struct ReplySender {
    turns: Turns,
    items: mpsc::Sender<Item>,
}

impl ReplySender {
    /// Waits until the library has taken the earlier replies of all operations.
    async fn send(&self, reply: impl Into<Option<Reply>>) {
        // Neither fails while the library has the operation.
        let Ok(turn) = Arc::clone(&self.turns.0).acquire_owned().await else { return };
        _ = self.items.send(Box::new((reply.into(), turn))).await;
    }
}

/// Starts an operation, and returns its replies. Dropping the stream stops the operation. A
/// subscription receives every change after this call.
pub(super) fn spawn(
    graphql: Arc<GraphqlHttp>,
    prepared: Prepared,
    context: ClientContext,
    turns: Turns,
) -> impl Stream<Item = Reply> {
    let (items, mut receiver) = mpsc::channel(1);
    let sender = ReplySender { turns, items };
    let changes = prepared.is_subscription().then(|| graphql.subscriptions.changes());
    let task = async move {
        let log = context.log.clone();
        let execution = async {
            match changes {
                Some(changes) => subscribe(&graphql, changes, prepared, context, &sender).await,
                None => sender.send(result(&graphql, prepared, context).await).await,
            }
        };
        let executed = tokio::select! {
            executed = AssertUnwindSafe(execution).catch_unwind() => executed,
            () = sender.items.closed() => return,
        };
        // After a panic the client gets an error, and its other operations continue.
        if executed.is_err() {
            sender.send(Reply::Errors(vec![Refusal::internal().error(&log)])).await;
        }
        sender.send(None).await;
    };
    tokio::spawn(task.in_current_span());
    stream::poll_fn(move |task| receiver.poll_recv(task).map(|item| item.and_then(|item| item.0)))
}

/// Executes a subscription.
async fn subscribe(
    graphql: &Arc<GraphqlHttp>,
    changes: broadcast::Receiver<Received>,
    prepared: Prepared,
    context: ClientContext,
    sender: &ReplySender,
) {
    let opened = SubscriptionStream::open(graphql, changes, prepared, context.clone()).await;
    let mut subscription = match opened {
        Ok(subscription) => subscription,
        Err(error) => return sender.send(Reply::Errors(error.into_errors(&context))).await,
    };
    loop {
        sender
            .send(match subscription.next().await {
                StreamItem::Result(json) => Reply::Result(json, None),
                StreamItem::Lagged(lag) => Reply::Lagged(lag),
                // The connection will be closed with the reason.
                StreamItem::Ended => pending().await,
            })
            .await;
    }
}

/// Executes a query or mutation.
async fn result(graphql: &Arc<GraphqlHttp>, prepared: Prepared, context: ClientContext) -> Reply {
    let ClientContext { client, session, log } = context;
    // The connection of an ended session will be closed.
    let Some(viewer) = session.viewer() else { return pending().await };
    let reservation = graphql.engine.reservation();
    let executed = async {
        let permit = graphql.limiter.acquire(client, prepared.points()).await?;
        execute(graphql, prepared, &viewer, permit, reservation).await
    };
    let reporter = Reporter { viewer: &viewer, log: &log };
    match executed.await {
        Ok((response, _)) if is_request_error(&response) => {
            Reply::Errors(reporter.errors(response))
        }
        Ok((response, permit)) => {
            let (json, _) = reporter.body(response);
            permit.count_unsent(json.len());
            Reply::Result(json.into(), Some(permit))
        }
        Err(refusal) => Reply::Errors(vec![refusal.error(&log)]),
    }
}
