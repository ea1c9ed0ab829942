//! A TCP proxy that delays connections.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::{Instant, sleep_until},
};
use url::Url;

/// Forwards connections to a server with a delay in each direction. Ends with the test.
pub(super) struct Proxy {
    port: u16,
}

impl Proxy {
    /// Starts a proxy to `server`.
    pub(super) async fn start(server: &Url, default_port: u16, delay: Duration) -> Self {
        let host = server.host_str().unwrap().to_owned();
        let target = (host, server.port().unwrap_or(default_port));
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let target = target.clone();
                tokio::spawn(async move {
                    let Ok(server) = TcpStream::connect(target).await else { return };
                    connect(client, server, delay).await;
                });
            }
        });
        Self { port }
    }

    /// Returns the server's URL through this proxy.
    pub(super) fn url(&self, server: &Url) -> String {
        let mut url = server.clone();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(self.port)).unwrap();
        url.into()
    }
}

/// Forwards both directions of a connection.
async fn connect(client: TcpStream, server: TcpStream, delay: Duration) {
    for stream in [&client, &server] {
        _ = stream.set_nodelay(true);
    }
    let ((from_client, to_client), (from_server, to_server)) =
        (client.into_split(), server.into_split());
    tokio::select! {
        () = pass(from_client, to_server, delay) => {}
        () = pass(from_server, to_client, delay) => {}
    }
}

/// Forwards bytes in order, each chunk delayed.
async fn pass(
    mut from: impl AsyncRead + Unpin + Send + 'static,
    mut to: impl AsyncWrite + Unpin,
    delay: Duration,
) {
    let (sender, mut chunks) = mpsc::unbounded_channel();
    let reading = tokio::spawn(async move {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = from.read(&mut buffer).await {
            let chunk = buffer[..length].to_vec();
            if sender.send((Instant::now() + delay, chunk)).is_err() {
                return;
            }
        }
    });
    while let Some((due, chunk)) = chunks.recv().await {
        sleep_until(due).await;
        if to.write_all(&chunk).await.is_err() {
            break;
        }
    }
    reading.abort();
}
