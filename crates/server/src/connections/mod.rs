//! Connections: how many there are, and how slowly they may speak.
//!
//! Whoever opens many and says little, or asks and does not read, holds memory and
//! places that others need. The head of a request has a time, its body has one that
//! grows with what has come ([`paced`]), and an answer must be taken ([`patient`]).

pub(crate) mod paced;
mod patient;

use std::{convert::Infallible, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::extract::ConnectInfo;
use futures_util::FutureExt;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::sleep,
};

use self::{paced::Paced, patient::Patient};
use crate::{config::ConnectionLimits, front::Front};

/// How long to wait when no connection can be accepted, as when there are no file
/// descriptors left.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest head of a request, and what is read of a body and written of an answer
/// at once: what a connection may hold before anything is known of who asks.
const HEAD: usize = 128 * 1024;

/// Serves connections until `ended` becomes true, then waits until what is under way
/// is answered.
pub(crate) async fn serve(
    listener: TcpListener,
    front: Front,
    limits: ConnectionLimits,
    ended: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(limits.most));
    let (open, alive) = watch::channel(());
    let mut end = ended.clone();
    loop {
        let next = accept(&listener, &places);
        let (stream, peer, place) = tokio::select! {
            next = next => next,
            () = until(&mut end) => break,
        };
        // Answers are small and written at once: waiting for more only delays them.
        _ = stream.set_nodelay(true);
        let connection = Connection { stream, peer, front: front.clone(), limits };
        let (ended, alive) = (ended.clone(), alive.clone());
        tokio::spawn(async move {
            connection.serve(ended).await;
            drop((place, alive));
        });
    }
    drop((listener, alive));
    open.closed().await;
}

/// The next connection, as soon as there is a place for it.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, Option<OwnedSemaphorePermit>) {
    // Nobody closes the semaphore: there is a place in the end.
    let place = Arc::clone(places).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, place),
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

struct Connection {
    stream: TcpStream,
    peer: SocketAddr,
    front: Front,
    limits: ConnectionLimits,
}

impl Connection {
    /// Answers requests until one side hangs up or `ended` becomes true.
    async fn serve(self, mut ended: watch::Receiver<bool>) {
        let Self { stream, peer, front, limits } = self;
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            let request = request.map(|body| Paced::body(body, limits.body));
            front.clone().answer(request).map(Ok::<_, Infallible>)
        });
        let mut builder = http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(limits.head).max_buf_size(HEAD);
        let stream = TokioIo::new(Patient::new(stream, limits.send));
        let connection = builder.serve_connection(stream, service);
        let mut connection = pin!(connection.with_upgrades());
        let ending = tokio::select! {
            // What fails is the client's affair: it is gone, or not worth an answer.
            _ = connection.as_mut() => false,
            () = until(&mut ended) => true,
        };
        if ending {
            connection.as_mut().graceful_shutdown();
            _ = connection.await;
        }
    }
}
