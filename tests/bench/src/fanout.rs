//! One change sent to a thousand sockets.
//!
//! A separate process on the load's core opens the sockets. It adds books one after another, and
//! waits each time until every socket received the change. Finally it signs out, and waits until
//! every socket is closed.

use std::{
    io,
    time::{Duration, Instant},
};

use clap::Args;
use futures_util::{SinkExt, StreamExt, future::try_join_all};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::{net::TcpStream, task::spawn_blocking, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};

use crate::{
    cases,
    http::{Request, send},
};

const WAIT: Duration = Duration::from_secs(30);
const SUBSCRIPTION: &str =
    "subscription { bookChanged { kind book { id title } actor { id name } } }";
/// The close code for an ended session.
const FORBIDDEN: u16 = 4403;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The arguments of the process of the sockets.
#[derive(Args, Clone, Debug)]
pub(crate) struct FanOut {
    #[arg(long)]
    pub(crate) port: u16,
    #[arg(long)]
    pub(crate) cookie: String,
    #[arg(long, default_value_t = 1_000)]
    pub(crate) sockets: u32,
    #[arg(long, default_value_t = 20)]
    pub(crate) changes: u32,
}

/// The output of the process of the sockets.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct FanOutResult {
    pub(crate) sockets: u32,
    /// Sockets times changes.
    pub(crate) messages: u32,
    /// The time from sending a change until the last socket received it: the median and the
    /// maximum.
    pub(crate) median_ms: f64,
    pub(crate) slowest_ms: f64,
    /// The time from the end of the session until the last socket was closed.
    pub(crate) closed_ms: f64,
}

/// Opens the sockets, sends changes and signs out. Prints a [`FanOutResult`] as JSON.
pub(crate) fn run(fan_out: &FanOut) -> io::Result<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let measure = runtime.block_on(measure(fan_out))?;
    serde_json::to_string(&measure).map_err(io::Error::other)
}

async fn measure(fan_out: &FanOut) -> io::Result<FanOutResult> {
    let mut sockets = Vec::new();
    for _ in 0..fan_out.sockets {
        sockets.push(subscribed(fan_out).await?);
    }
    let mut delays = Vec::new();
    for change in 0..fan_out.changes {
        let book = cases::create(&json!(format!("Emma {change}")));
        let start = Instant::now();
        let received_by_all = try_join_all(sockets.iter_mut().map(next));
        let (created, received) = tokio::join!(post(fan_out, book), received_by_all);
        created?;
        received?;
        delays.push(start.elapsed());
    }
    delays.sort();
    let milliseconds = |delay: Option<&Duration>| delay.map_or(0.0, |d| d.as_secs_f64() * 1e3);
    post(fan_out, Request::post("/api/auth/sign-out", "{}".to_owned())).await?;
    let start = Instant::now();
    try_join_all(sockets.iter_mut().map(closed)).await?;
    Ok(FanOutResult {
        sockets: fan_out.sockets,
        messages: fan_out.sockets * fan_out.changes,
        median_ms: milliseconds(delays.get(delays.len() / 2)),
        slowest_ms: milliseconds(delays.last()),
        closed_ms: milliseconds(Some(&start.elapsed())),
    })
}

async fn post(fan_out: &FanOut, request: Request) -> io::Result<()> {
    let request = request.with("origin", &origin(fan_out.port)).with("cookie", &fan_out.cookie);
    let port = fan_out.port;
    let answer = spawn_blocking(move || send(port, &request)).await.map_err(io::Error::other)??;
    if answer.status == 200 && !answer.body.contains("\"errors\"") {
        return Ok(());
    }
    Err(io::Error::other(format!("{}: {}", answer.status, answer.body)))
}

fn origin(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

async fn subscribed(fan_out: &FanOut) -> io::Result<Socket> {
    let url = format!("ws://127.0.0.1:{}/graphql", fan_out.port);
    let mut request = url.into_client_request().map_err(io::Error::other)?;
    for (name, value) in [
        ("sec-websocket-protocol", "graphql-transport-ws"),
        ("origin", &origin(fan_out.port)),
        ("cookie", &fan_out.cookie),
    ] {
        let value = HeaderValue::from_str(value).map_err(io::Error::other)?;
        request.headers_mut().insert(name, value);
    }
    let (mut socket, _) = connect_async(request).await.map_err(io::Error::other)?;
    send_message(&mut socket, &json!({ "type": "connection_init" })).await?;
    expect(&mut socket, "connection_ack").await?;
    let subscribe = json!({ "id": "1", "type": "subscribe", "payload": { "query": SUBSCRIPTION } });
    send_message(&mut socket, &subscribe).await?;
    // The first message of a socket follows its subscription.
    send_message(&mut socket, &json!({ "type": "ping" })).await?;
    expect(&mut socket, "pong").await?;
    Ok(socket)
}

async fn send_message(socket: &mut Socket, message: &Value) -> io::Result<()> {
    socket.send(Message::text(message.to_string())).await.map_err(io::Error::other)
}

async fn next(socket: &mut Socket) -> io::Result<()> {
    expect(socket, "next").await
}

/// Waits for a message of this type, and responds to pings meanwhile.
async fn expect(socket: &mut Socket, wanted: &str) -> io::Result<()> {
    loop {
        let Message::Text(text) = read(socket).await? else { continue };
        let message: Value = serde_json::from_str(&text)?;
        match message.get("type").and_then(Value::as_str) {
            Some(kind) if kind == wanted => return Ok(()),
            Some("ping") => send_message(socket, &json!({ "type": "pong" })).await?,
            _ => return Err(io::Error::other(format!("not {wanted}: {text}"))),
        }
    }
}

async fn closed(socket: &mut Socket) -> io::Result<()> {
    loop {
        match read(socket).await? {
            Message::Close(Some(frame)) if u16::from(frame.code) == FORBIDDEN => return Ok(()),
            Message::Close(frame) => return Err(io::Error::other(format!("closed: {frame:?}"))),
            _ => {}
        }
    }
}

async fn read(socket: &mut Socket) -> io::Result<Message> {
    let message = timeout(WAIT, socket.next()).await.map_err(io::Error::other)?;
    message.ok_or_else(|| io::Error::other("the socket ended"))?.map_err(io::Error::other)
}
