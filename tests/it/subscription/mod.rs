//! Subscriptions over real sockets: what is told, to whom, and how it ends.

mod changes;
mod codes;
mod endings;
mod fair;
mod limits;
mod loss;
mod nodes;
mod operations;
mod origin;
mod readable;
mod schemas;
mod session;
mod shared;
mod stalled;
mod stream;
mod unread;

use std::{net::SocketAddr, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use server::App;
use tokio::{
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest, http::HeaderValue},
};

use super::support::{BASE_URL, Client, TestApp};

/// How long anything may take that happens at once on a machine with nothing else to do.
const PATIENCE: Duration = Duration::from_mins(1);
const PROTOCOL: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");

/// What most tests listen to.
const BOOKS: &str = "subscription { bookChanged { kind book { id title } actor { name } } }";

/// Serves an app on a free port, for as long as the test runs.
async fn serve(app: &App) -> u16 {
    serve_on(TcpListener::bind("127.0.0.1:0").await.unwrap(), app)
}

/// Serves an app on this listener, for as long as the test runs.
fn serve_on(listener: TcpListener, app: &App) -> u16 {
    let port = listener.local_addr().unwrap().port();
    let service = app.router().into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
    port
}

/// An empty library behind a port.
struct Library {
    app: TestApp,
    port: u16,
}

impl Library {
    async fn open() -> Self {
        Self::open_with(&[]).await
    }

    async fn open_with(flags: &[&str]) -> Self {
        let app = TestApp::start_with(flags).await;
        let port = serve(&app.app).await;
        Self { app, port }
    }

    /// A socket of somebody who is not signed in.
    async fn stranger(&self) -> Socket {
        Socket::ready(self.port, &[], json!({})).await
    }

    /// A socket of a user's browser.
    async fn browser(&self, client: &Client) -> Socket {
        let cookie = cookie(client);
        Socket::ready(self.port, &[("cookie", &cookie), ("origin", BASE_URL)], json!({})).await
    }
}

/// The header `Cookie` of a client.
fn cookie(client: &Client) -> String {
    let cookies = client.cookies();
    let pairs: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("; ")
}

/// The client's end of a socket.
struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Opens one, and says nothing yet.
    async fn open(port: u16, headers: &[(&str, &str)]) -> Self {
        Self::try_open(port, headers).await.unwrap()
    }

    async fn try_open(port: u16, headers: &[(&str, &str)]) -> tungstenite::Result<Self> {
        let mut request = format!("ws://127.0.0.1:{port}/graphql").into_client_request()?;
        for (name, value) in headers {
            let name: tungstenite::http::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
        }
        Ok(Self(connect_async(request).await?.0))
    }

    /// Opens one and says who it is.
    async fn ready(port: u16, headers: &[(&str, &str)], payload: Value) -> Self {
        let mut socket = Self::open(port, &[&[PROTOCOL], headers].concat()).await;
        socket.say(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
        socket
    }

    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    /// Begins an operation, and waits until it has begun.
    async fn subscribe(&mut self, id: &str, query: &str) {
        self.execute(id, query).await;
        self.say(json!({ "type": "ping" })).await;
        assert_eq!(self.hear().await, json!({ "type": "pong" }));
    }

    async fn execute(&mut self, id: &str, query: &str) {
        let payload = json!({ "query": query });
        self.say(json!({ "id": id, "type": "subscribe", "payload": payload })).await;
    }

    async fn read(&mut self) -> tungstenite::Result<Message> {
        let message = timeout(PATIENCE, self.0.next()).await.expect("nothing was said");
        message.expect("the socket ended without a word")
    }

    /// What is said next.
    async fn hear(&mut self) -> Value {
        loop {
            match self.read().await.unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Close(frame) => panic!("closed: {frame:?}"),
                _ => {}
            }
        }
    }

    /// The data of the next answer to this operation.
    async fn next(&mut self, id: &str) -> Value {
        let said = self.hear().await;
        assert_eq!((&said["type"], &said["id"]), (&json!("next"), &json!(id)), "{said}");
        assert!(said["payload"].get("errors").is_none(), "{said}");
        said["payload"]["data"].clone()
    }

    /// That nothing was said meanwhile.
    async fn hears_nothing(&mut self) {
        self.say(json!({ "type": "ping", "payload": { "to": "hear nothing else" } })).await;
        let pong = json!({ "type": "pong", "payload": { "to": "hear nothing else" } });
        assert_eq!(self.hear().await, pong);
    }

    /// With which code and reason the server closes it.
    async fn closed(&mut self) -> (u16, String) {
        loop {
            if let Message::Close(frame) = self.read().await.unwrap() {
                let frame = frame.expect("closed without a reason");
                return (frame.code.into(), frame.reason.to_string());
            }
        }
    }
}
