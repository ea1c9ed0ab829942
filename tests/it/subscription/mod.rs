//! Subscriptions over TCP: delivered changes, recipients, and ends.

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

/// The time limit of receiving: long, as test machines may be busy.
const TIME_LIMIT: Duration = Duration::from_mins(1);
const PROTOCOL: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");

/// The subscription of most tests.
const BOOKS: &str = "subscription { bookChanged { kind book { id title } actor { name } } }";

/// Serves an application on a free port until the test ends.
async fn serve(app: &App) -> u16 {
    serve_on(TcpListener::bind("127.0.0.1:0").await.unwrap(), app)
}

/// Serves an application on a listener until the test ends.
fn serve_on(listener: TcpListener, app: &App) -> u16 {
    let port = listener.local_addr().unwrap().port();
    let service = app.router().into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
    port
}

/// An application served on a port.
struct ServedApp {
    app: TestApp,
    port: u16,
}

impl ServedApp {
    /// Starts an application with an empty database.
    async fn open() -> Self {
        Self::open_with(&[]).await
    }

    /// Starts an application with additional flags.
    async fn open_with(flags: &[&str]) -> Self {
        let app = TestApp::start_with(flags).await;
        let port = serve(&app.app).await;
        Self { app, port }
    }

    /// Opens a socket without a session.
    async fn anonymous_socket(&self) -> Socket {
        Socket::ready(self.port, &[], json!({})).await
    }

    /// Opens a socket with a client's cookies.
    async fn socket_of(&self, client: &Client) -> Socket {
        let cookie = cookie(client);
        Socket::ready(self.port, &[("cookie", &cookie), ("origin", BASE_URL)], json!({})).await
    }
}

/// Returns the `Cookie` header of a client.
fn cookie(client: &Client) -> String {
    let cookies = client.cookies();
    let pairs: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("; ")
}

/// The client's side of a WebSocket connection.
struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Opens a socket without sending a message.
    async fn open(port: u16, headers: &[(&str, &str)]) -> Self {
        Self::try_open(port, headers).await.unwrap()
    }

    /// Opens a socket, which the server may refuse.
    async fn try_open(port: u16, headers: &[(&str, &str)]) -> tungstenite::Result<Self> {
        let mut request = format!("ws://127.0.0.1:{port}/graphql").into_client_request()?;
        for (name, value) in headers {
            let name: tungstenite::http::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
        }
        Ok(Self(connect_async(request).await?.0))
    }

    /// Opens a socket, sends `connection_init` and waits for its acknowledgement.
    async fn ready(port: u16, headers: &[(&str, &str)], payload: Value) -> Self {
        let mut socket = Self::open(port, &[&[PROTOCOL], headers].concat()).await;
        socket.send(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(socket.receive().await, json!({ "type": "connection_ack" }));
        socket
    }

    /// Sends a message.
    async fn send(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    /// Starts a subscription, and waits until it is active.
    async fn subscribe(&mut self, id: &str, query: &str) {
        self.execute(id, query).await;
        self.send(json!({ "type": "ping" })).await;
        assert_eq!(self.receive().await, json!({ "type": "pong" }));
    }

    /// Sends an operation.
    async fn execute(&mut self, id: &str, query: &str) {
        let payload = json!({ "query": query });
        self.send(json!({ "id": id, "type": "subscribe", "payload": payload })).await;
    }

    /// Reads the next frame.
    async fn read(&mut self) -> tungstenite::Result<Message> {
        let message = timeout(TIME_LIMIT, self.0.next()).await.expect("nothing was said");
        message.expect("the socket ended without a word")
    }

    /// Receives the next message.
    async fn receive(&mut self) -> Value {
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
        let received = self.receive().await;
        assert_eq!(
            (&received["type"], &received["id"]),
            (&json!("next"), &json!(id)),
            "{received}"
        );
        assert!(received["payload"].get("errors").is_none(), "{received}");
        received["payload"]["data"].clone()
    }

    /// Asserts that no message arrived, by a ping.
    async fn assert_no_message(&mut self) {
        self.send(json!({ "type": "ping", "payload": { "to": "hear nothing else" } })).await;
        let pong = json!({ "type": "pong", "payload": { "to": "hear nothing else" } });
        assert_eq!(self.receive().await, pong);
    }

    /// Returns the code and reason with which the server closes the socket.
    async fn close_code(&mut self) -> (u16, String) {
        loop {
            if let Message::Close(frame) = self.read().await.unwrap() {
                let frame = frame.expect("closed without a reason");
                return (frame.code.into(), frame.reason.to_string());
            }
        }
    }
}
