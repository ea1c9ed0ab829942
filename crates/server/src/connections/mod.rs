//! Connections: how many there are, and how slowly they may speak.
//!
//! Whoever opens many and says little, or asks and does not read, holds memory and
//! places that others need. One address has a share of the places ([`places`]), and who
//! finds none is served by a [`reserve`], where health probes are answered. The head of a
//! request has a time, its body has one that grows with what has come ([`paced`]), an
//! answer must be taken ([`patient`]), and of what is sent after it as much is read as the
//! client needs to see it ([`rest`]). What is no valid [`target`] is refused.

pub(crate) mod paced;
mod patient;
mod places;
mod reserve;
mod rest;
mod target;

use std::{cell::Cell, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{extract::ConnectInfo, http::header::EXPECT};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{oneshot, watch},
    time::sleep,
};

use self::{
    paced::Paced,
    patient::Patient,
    places::{Place, Places},
    reserve::Reserve,
    rest::{Answering, Exchange},
};
use crate::{
    config::ConnectionLimits,
    front::{Front, Served},
};

/// How long to wait when no connection can be accepted, as when there are no file
/// descriptors left.
const PAUSE: Duration = Duration::from_secs(1);
/// How much of what a client sends is read at a time, in bytes; a head is no longer. A
/// connection keeps it, as long as an answer or a stream takes.
const BUFFER: usize = 64 * 1024;
/// How many connections the system keeps until they are accepted, at most.
const QUEUE: usize = 4_096;
/// How long a new connection has for its first head once the server ends: what was sent
/// already is read by then.
const LAST_HEAD: Duration = Duration::from_millis(250);

/// Serves connections until `ended` becomes true, then waits until what is under way
/// is answered.
pub(crate) async fn serve(
    listener: TcpListener,
    front: Front,
    limits: ConnectionLimits,
    ended: watch::Receiver<bool>,
) {
    let (open, alive) = watch::channel(());
    let mut end = ended.clone();
    let places = Arc::new(Places::new(limits));
    let mut server = Server { front, limits, ended, alive, places, reserve: Reserve::default() };
    loop {
        let (stream, peer) = tokio::select! {
            accepted = accept(&listener) => accepted,
            () = until(&mut end) => break,
        };
        server.serve(stream, peer);
        server.reserve.closed().await;
    }
    if let Err(error) = server.serve_queued(listener) {
        tracing::warn!(%error, "connections that wait to be accepted cannot be served");
    }
    drop(server);
    open.closed().await;
}

/// The next connection.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                sleep(PAUSE).await;
            }
        }
    }
}

async fn until(ended: &mut watch::Receiver<bool>) {
    // Without a sender nobody ends it any more, and it ends.
    _ = ended.wait_for(|ended| *ended).await;
}

/// Ready when the server has been ending for so long.
pub(crate) async fn ended_for(mut ended: watch::Receiver<bool>, time: Duration) {
    until(&mut ended).await;
    sleep(time).await;
}

/// What all connections share.
struct Server {
    front: Front,
    limits: ConnectionLimits,
    ended: watch::Receiver<bool>,
    /// Cloned by every connection; the last one is dropped when all are done.
    alive: watch::Receiver<()>,
    places: Arc<Places>,
    reserve: Reserve,
}

impl Server {
    /// Serves a connection in a task of its own: as others if there is a place for it,
    /// else from the reserve.
    fn serve(&mut self, stream: TcpStream, peer: SocketAddr) {
        // Answers are small and written at once: waiting for more only delays them.
        _ = stream.set_nodelay(true);
        let place = Places::take(&self.places, self.front.share_of(peer.ip()));
        let (served, limits) = match &place {
            Some(_) => (Served::Fully, self.limits),
            None => (Served::ProbesOnly, reserve::limits(self.limits)),
        };
        let front = self.front.clone();
        let connection = Connection { stream, peer, place, front, limits, served };
        let (ended, alive) = (self.ended.clone(), self.alive.clone());
        let task = tokio::spawn(async move {
            connection.serve(ended).await;
            drop(alive);
        });
        if served == Served::ProbesOnly {
            self.reserve.add(task.abort_handle());
        }
    }

    /// Serves the connections in the accept queue, which closing the listener would reset,
    /// and stops listening.
    fn serve_queued(&mut self, listener: TcpListener) -> io::Result<()> {
        let listener = listener.into_std()?;
        for _ in 0..QUEUE {
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
    place: Option<Place>,
    front: Front,
    limits: ConnectionLimits,
    served: Served,
}

impl Connection {
    /// Answers requests until one side hangs up or `ended` becomes true.
    async fn serve(self, mut ended: watch::Receiver<bool>) {
        let Self { stream, peer, place, front, limits, served } = self;
        let (first, begun) = oneshot::channel();
        let (first, exchange) = (Cell::new(Some(first)), Arc::new(Exchange::new(ended.clone())));
        let stream = TokioIo::new(Patient::new(stream, place, limits.send, Arc::clone(&exchange)));
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            first.take().map(|first| first.send(()));
            request.extensions_mut().insert(ConnectInfo(peer));
            let served = target::fault(&request).map_or(served, Served::Malformed);
            // To ask for a rest would tell a client to send it that waits for that.
            let may_stay = served == Served::Fully && !request.headers().contains_key(EXPECT);
            let request = request.map(|body| Paced::body(body, limits.body, &exchange));
            let exchange = Arc::clone(&exchange);
            Answering::new(front.clone().answer(request, served), exchange, may_stay)
        });
        let mut builder = http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(limits.keep_alive);
        builder.max_buf_size(BUFFER).keep_alive(served == Served::Fully);
        let connection = builder.serve_connection(stream, service);
        let mut connection = pin!(connection.with_upgrades());
        // What fails is the client's affair: it is gone, or not worth an answer. It is
        // asked first: what came before the end is answered.
        tokio::select! {
            biased;
            _ = connection.as_mut() => return,
            _ = begun => {}
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
