//! Connection of async-graphql-axum's protocol to channels.

use std::future::ready;

use async_graphql::Data;
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::extract::ws::Message;
use futures_util::{sink, stream};
use serde_json::Value;
use tokio::sync::mpsc;

use super::{executor::SocketExecutor, message::Outgoing};

/// Runs the protocol between two channels, until `from_client` ends or the library closes.
pub(super) fn serve<I>(
    protocol: GraphQLProtocol,
    executor: SocketExecutor,
    init: impl FnOnce(Value) -> I + Send + 'static,
    mut from_client: mpsc::Receiver<Message>,
    to_client: mpsc::Sender<Outgoing>,
) -> impl Future<Output = ()>
where
    I: Future<Output = async_graphql::Result<Data>> + Send + 'static,
{
    let replies = executor.replies.clone();
    let sink = sink::unfold(to_client, move |to_client, message| {
        let outgoing = Outgoing { message, reply: replies.take() };
        async move { to_client.send(outgoing).await.map(|()| to_client) }
    });
    let stream = stream::poll_fn(move |task| from_client.poll_recv(task).map(|it| it.map(Ok)));
    GraphQLWebSocket::new_with_pair(sink, stream, executor, protocol)
        .on_connection_init(init)
        .on_ping(|_, payload| ready(Ok(payload)))
        .serve()
}
