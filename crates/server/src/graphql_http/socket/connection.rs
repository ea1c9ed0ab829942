//! A WebSocket connection between its client and async-graphql-axum's protocol.
//!
//! One task reads and writes. A client that does not read for [`WRITE_TIMEOUT`] is disconnected.

use std::{error::Error, future::pending, mem, pin::pin, sync::Arc, time::Duration};

use async_graphql_axum::GraphQLProtocol;
use axum::{
    body::Bytes,
    extract::ws::{Message, WebSocket},
    http::request::Parts,
};
use futures_util::FutureExt;
use tokio::{
    sync::{mpsc, oneshot},
    time::{sleep, timeout},
};
use tokio_tungstenite::tungstenite;

use super::{
    close::{Close, End},
    executor::SocketExecutor,
    init::{self, Identity},
    library,
    message::{self, Incoming, Outgoing},
    operations::Operations,
};
use crate::{
    graphql_http::{
        keep_alive::keep_alive,
        params::GraphqlParams,
        state::GraphqlHttp,
        subscription::{ConnectionQuota, Reply, SessionWatch},
    },
    telemetry::RequestLog,
};

/// Timeout for sending a message to a client.
const WRITE_TIMEOUT: Duration = Duration::from_secs(5);

/// An open socket.
pub(super) struct Connection {
    socket: WebSocket,
    graphql: Arc<GraphqlHttp>,
    log: RequestLog,
    executor: SocketExecutor,
    init: Init,
    session: SessionWatch,
    /// Held until the socket is closed.
    quotas: Vec<ConnectionQuota>,
    operations: Operations,
    /// Whether the client has sent anything since the last keep-alive ping.
    is_alive: bool,
}

/// Progress of the client's identification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Init {
    Awaited,
    /// The library waits for [`init::identify`].
    Running,
    Done,
}

type Received = Option<Result<Message, axum::Error>>;

impl Connection {
    pub(super) fn new(
        socket: WebSocket,
        graphql: Arc<GraphqlHttp>,
        log: RequestLog,
        quotas: Vec<ConnectionQuota>,
    ) -> Self {
        Self {
            socket,
            executor: SocketExecutor::new(Arc::clone(&graphql)),
            graphql,
            log,
            init: Init::Awaited,
            session: SessionWatch::anonymous(),
            quotas,
            operations: Operations::default(),
            is_alive: true,
        }
    }

    /// Serves the client until one side ends.
    pub(super) async fn serve(mut self, protocol: Option<GraphQLProtocol>, parts: Parts) {
        let mut shutdown = self.graphql.subscriptions.shutdown();
        let end = tokio::select! {
            end = self.run(protocol, parts) => end,
            _ = shutdown.wait_for(|is_down| *is_down) => Close::going_away().into(),
        };
        if let End::Close(close) = end {
            tracing::debug!(code = close.code, "socket closed");
            // A client that does not read the close frame has disconnected.
            _ = timeout(WRITE_TIMEOUT, self.close(close)).await;
        }
    }

    /// Sends a close frame, and reads until the client closes. A connection that is closed with
    /// unread data is reset, and the client may never read the close frame.
    async fn close(&mut self, close: Close) {
        let frame = Message::Close(Some(close.frame()));
        if self.socket.send(frame).await.is_ok() {
            while let Some(Ok(_)) = self.socket.recv().await {}
        }
    }

    /// Passes messages between the client and the library, until one of them ends.
    async fn run(&mut self, protocol: Option<GraphQLProtocol>, parts: Parts) -> End {
        let Some(protocol) = protocol else { return Close::other_protocol().into() };
        let (to_library, from_client) = mpsc::channel(1);
        let (to_client, mut from_library) = mpsc::channel(1);
        let (identified, mut identity) = oneshot::channel();
        let (graphql, log) = (Arc::clone(&self.graphql), self.log.clone());
        let init = move |payload| init::init(graphql, parts, payload, log, identified);
        let library = library::serve(protocol, self.executor.clone(), init, from_client, to_client);
        let mut library = pin!(library.fuse());
        let settings = self.graphql.subscriptions.settings;
        let mut deadline = pin!(sleep(settings.init_timeout));
        let mut pings = keep_alive(settings.keep_alive);
        loop {
            let done = tokio::select! {
                biased;
                state = self.session.ended() => return Close::session_ended(&state).into(),
                () = &mut deadline, if self.init == Init::Awaited => {
                    return Close::init_timeout().into();
                }
                identity = &mut identity, if self.init == Init::Running => {
                    self.identified(identity)
                }
                _ = pings.tick() => self.ping().await,
                outgoing = from_library.recv() => self.deliver(outgoing).await,
                // The library's last messages are still in the channel.
                () = &mut library => Ok(()),
                (permit, received) = receive(&mut self.socket, &to_library),
                    if self.init != Init::Running =>
                {
                    self.forward(permit, received).await
                }
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    fn identified(
        &mut self,
        identity: Result<Result<Identity, Close>, oneshot::error::RecvError>,
    ) -> Result<(), End> {
        let (session, quota) = identity.map_err(|_| End::Disconnected)??;
        self.session = session;
        self.quotas.extend(quota);
        self.init = Init::Done;
        Ok(())
    }

    /// Lets the library read what the client has sent, if it is valid.
    async fn forward(
        &mut self,
        permit: mpsc::Permit<'_, Message>,
        received: Received,
    ) -> Result<(), End> {
        if let Some(message) = self.check(received).await? {
            permit.send(message);
        }
        Ok(())
    }

    /// Checks what the client has sent, and returns what the library reads instead.
    async fn check(&mut self, received: Received) -> Result<Option<Message>, End> {
        self.is_alive = true;
        let message = match received {
            Some(Ok(Message::Text(text))) => {
                Incoming::read(&text).map_err(Close::invalid_message)?
            }
            Some(Ok(Message::Binary(_))) => {
                return Err(Close::invalid_message("Invalid message: it must be text").into());
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(None),
            Some(Err(error)) if is_too_long(&error) => return Err(Close::too_long().into()),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(End::Disconnected),
        };
        Ok(Some(match message {
            Incoming::Init(payload) => {
                if self.init == Init::Awaited {
                    self.init = Init::Running;
                }
                message::init(&payload)
            }
            Incoming::Ping(payload) => message::ping(payload.as_ref()),
            Incoming::Pong => return Ok(None),
            Incoming::Subscribe { id, request } if self.init == Init::Done => {
                return self.subscribe(id, request.into()).await;
            }
            Incoming::Subscribe { id, .. } => message::subscribe(&id),
            Incoming::Complete { id } => {
                return Ok(self.operations.remove(&id).as_deref().map(message::complete));
            }
        }))
    }

    /// Prepares an operation for the executor, or sends its errors.
    async fn subscribe(
        &mut self,
        id: String,
        params: GraphqlParams,
    ) -> Result<Option<Message>, End> {
        if self.operations.contains(&id) {
            return Err(Close::duplicate(&id).into());
        }
        match self.executor.enqueue(params, self.operations.len(), &self.log) {
            Ok(()) => Ok(Some(message::subscribe(&self.operations.add(id)))),
            Err(refusal) => {
                let errors = [refusal.error(&self.log)];
                self.send(message::error(&id, &errors)).await?;
                Ok(None)
            }
        }
    }

    /// Sends a message of the library to the client, with the operation's own id and reply.
    async fn deliver(&mut self, outgoing: Option<Outgoing>) -> Result<(), End> {
        let Outgoing { message, reply } = outgoing.ok_or(End::Disconnected)?;
        let text = match message {
            Message::Text(text) => text,
            Message::Close(frame) => return Err(Close::of_library(frame).into()),
            Message::Binary(_) | Message::Ping(_) | Message::Pong(_) => return Ok(()),
        };
        let Some(library_id) = message::operation_id(&text) else {
            return self.send(Message::Text(text)).await;
        };
        // The client already knows the end of an operation that it completed or that ended with
        // errors.
        let Some(id) = self.operations.client_id(&library_id) else { return Ok(()) };
        match reply {
            None => {
                self.operations.remove(id);
                self.send(message::complete(id)).await
            }
            Some(Reply::Result(json, _permit)) => self.send(message::next(id, &json)).await,
            Some(Reply::Errors(errors)) => {
                self.operations.remove(id);
                self.send(message::error(id, &errors)).await
            }
            Some(Reply::Lagged(lag)) => Err(Close::lagged(lag).into()),
        }
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        match timeout(WRITE_TIMEOUT, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Disconnected),
            Err(_) => Err(Close::try_again_later("Too slow").into()),
        }
    }

    /// Pings the client's WebSocket library. A client that did not answer the last ping has
    /// disconnected.
    async fn ping(&mut self) -> Result<(), End> {
        if !mem::take(&mut self.is_alive) {
            return Err(End::Disconnected);
        }
        self.send(Message::Ping(Bytes::new())).await
    }
}

/// Receives a message after the library has read the previous one.
async fn receive<'c>(
    socket: &mut WebSocket,
    to_library: &'c mpsc::Sender<Message>,
) -> (mpsc::Permit<'c, Message>, Received) {
    match to_library.reserve().await {
        Ok(permit) => (permit, socket.recv().await),
        // The library has ended, which `run` notices.
        Err(_) => pending().await,
    }
}

fn is_too_long(error: &axum::Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref());
    matches!(cause, Some(tungstenite::Error::Capacity(_)))
}
