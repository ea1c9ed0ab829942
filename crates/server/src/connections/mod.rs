//! Connections, protected against slow clients and against clients that open many.
//!
//! A limited number of connections have a slot, in total and per address ([`slots`]). Others
//! belong to the [`reserve`], which answers health probes only. The head of a request has a
//! time limit; so has its body, which grows with the bytes received ([`body_timeout`]), and
//! each write of the response ([`write_timeout`]). What a client sends after the response is
//! discarded within limits, so that the client receives the response ([`rest`]). A request
//! without a valid [`target`] is refused.

pub(crate) mod body_timeout;
mod reserve;
mod rest;
mod shutdown;
mod slots;
mod target;
mod write_timeout;

use std::{cell::Cell, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{extract::ConnectInfo, http::header::EXPECT};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{oneshot, watch},
    time::sleep,
};

pub(crate) use self::shutdown::ended_for;
use self::{
    body_timeout::BodyTimeout,
    reserve::Reserve,
    rest::{Answering, Exchange},
    shutdown::until,
    slots::{ConnectionSlot, ConnectionSlots},
    write_timeout::WriteTimeout,
};
use crate::{
    config::ConnectionLimits,
    http_service::{HttpService, Served},
};

/// The pause after a failed accept, e.g. when no file descriptors are left.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);
/// Bytes of a connection's read buffer, and thus of the longest head. The connection keeps the
/// buffer while a response or a stream runs.
const READ_BUFFER: usize = 64 * 1024;
/// The length of the accept queue at most.
const ACCEPT_QUEUE: usize = 4_096;
/// Time for a new connection's first head during shutdown: enough for bytes already sent.
const LAST_HEAD: Duration = Duration::from_millis(250);

/// Serves connections until `ended` becomes true, then waits until running requests are
/// answered.
pub(crate) async fn serve(
    listener: TcpListener,
    service: HttpService,
    limits: ConnectionLimits,
    ended: watch::Receiver<bool>,
) {
    let (open, alive) = watch::channel(());
    let mut end = ended.clone();
    let slots = Arc::new(ConnectionSlots::new(limits));
    let mut server = Server { service, limits, ended, alive, slots, reserve: Reserve::default() };
    loop {
        let (stream, peer) = tokio::select! {
            accepted = accept(&listener) => accepted,
            () = until(&mut end) => break,
        };
        server.serve(stream, peer);
        server.reserve.closed().await;
    }
    if let Err(error) = server.serve_queued(listener) {
        tracing::warn!(%error, "connections in the accept queue cannot be served");
    }
    drop(server);
    open.closed().await;
}

/// Accepts the next connection.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// The state that all connections share.
struct Server {
    service: HttpService,
    limits: ConnectionLimits,
    ended: watch::Receiver<bool>,
    /// Every connection holds a clone: when all are dropped, all connections are closed.
    alive: watch::Receiver<()>,
    slots: Arc<ConnectionSlots>,
    reserve: Reserve,
}

impl Server {
    /// Serves a connection in a task of its own: fully if it gets a slot, otherwise from the
    /// reserve.
    fn serve(&mut self, stream: TcpStream, peer: SocketAddr) {
        // Responses are written at once: Nagle's algorithm would only delay them.
        _ = stream.set_nodelay(true);
        let slot = ConnectionSlots::take(&self.slots, self.service.quota_address(peer.ip()));
        let (served, limits) = match &slot {
            Some(_) => (Served::Fully, self.limits),
            None => (Served::ProbesOnly, reserve::limits(self.limits)),
        };
        let service = self.service.clone();
        let connection = Connection { stream, peer, slot, service, limits, served };
        let (ended, alive) = (self.ended.clone(), self.alive.clone());
        let task = tokio::spawn(async move {
            connection.serve(ended).await;
            drop(alive);
        });
        if served == Served::ProbesOnly {
            self.reserve.add(task.abort_handle());
        }
    }

    /// Stops listening, and serves the connections in the accept queue: closing the listener
    /// would reset them.
    fn serve_queued(&mut self, listener: TcpListener) -> io::Result<()> {
        let listener = listener.into_std()?;
        for _ in 0..ACCEPT_QUEUE {
            let (stream, peer) = match listener.accept() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                accepted => accepted?,
            };
            stream.set_nonblocking(true)?;
            self.serve(TcpStream::from_std(stream)?, peer);
        }
        Ok(())
    }
}

struct Connection {
    stream: TcpStream,
    peer: SocketAddr,
    slot: Option<ConnectionSlot>,
    service: HttpService,
    limits: ConnectionLimits,
    served: Served,
}

impl Connection {
    /// Answers requests until one side hangs up or `ended` becomes true.
    async fn serve(self, mut ended: watch::Receiver<bool>) {
        let Self { stream, peer, slot, service, limits, served } = self;
        let (first, began) = oneshot::channel();
        let (first, exchange) = (Cell::new(Some(first)), Arc::new(Exchange::new(ended.clone())));
        let stream =
            TokioIo::new(WriteTimeout::new(stream, slot, limits.send, Arc::clone(&exchange)));
        let http1 = service_fn(move |mut request: hyper::Request<Incoming>| {
            first.take().map(|first| first.send(()));
            request.extensions_mut().insert(ConnectInfo(peer));
            let served = target::fault(&request).map_or(served, Served::Malformed);
            // Reading the rest of the body would make a client that expects `100 Continue` send it.
            let may_stay = served == Served::Fully && !request.headers().contains_key(EXPECT);
            let request = request.map(|body| BodyTimeout::wrap(body, limits.body, &exchange));
            let exchange = Arc::clone(&exchange);
            Answering::new(service.clone().answer(request, served), exchange, may_stay)
        });
        let mut builder = http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(limits.keep_alive);
        builder.max_buf_size(READ_BUFFER).keep_alive(served == Served::Fully);
        let connection = builder.serve_connection(stream, http1);
        let mut connection = pin!(connection.with_upgrades());
        // Errors are ignored: the client is gone, or sent no HTTP. The connection is polled
        // first: requests received before shutdown are answered.
        tokio::select! {
            biased;
            _ = connection.as_mut() => return,
            _ = began => {}
            () = sleep(limits.head) => return,
            () = ended_for(ended.clone(), LAST_HEAD) => return,
        }
        tokio::select! {
            biased;
            _ = connection.as_mut() => return,
            () = until(&mut ended) => {}
        }
        connection.as_mut().graceful_shutdown();
        _ = connection.await;
    }
}
