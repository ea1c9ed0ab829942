//! A client that stops reading delays neither its own operations nor other clients.

use std::{net::Ipv4Addr, pin::Pin};

use futures_util::poll;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};
use tokio::net::TcpSocket;
use tokio_tungstenite::{
    MaybeTlsStream, client_async,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};

use super::{PROTOCOL, ServedApp, Socket, serve_on};
use crate::it::support::{Backend, eventually};

/// Buffer of each end of a connection, in bytes.
const BUFFER: u32 = 32 * 1024;
/// Length of a message that the buffers of a connection cannot hold.
const LONG: usize = 240_000;
/// More than the connections to the database.
const STATEMENTS: usize = 64;
/// The server disconnects a client that does not read for five seconds. On a busy machine that may
/// happen before the other client has its answer, and the test tries again.
const ATTEMPTS: usize = 5;

/// Serves an application over connections with short buffers.
fn serve(served: &ServedApp) -> u16 {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_send_buffer_size(BUFFER).unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    serve_on(socket.listen(16).unwrap(), &served.app.app)
}

/// A client that can stop reading.
async fn ready(port: u16) -> Socket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(BUFFER).unwrap();
    let stream = socket.connect((Ipv4Addr::LOCALHOST, port).into()).await.unwrap();
    let mut request = format!("ws://127.0.0.1:{port}/graphql").into_client_request().unwrap();
    let (name, value) = PROTOCOL;
    request.headers_mut().insert(name, HeaderValue::from_static(value));
    let (socket, _) = client_async(request, MaybeTlsStream::Plain(stream)).await.unwrap();
    let mut socket = Socket(socket);
    socket.send(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.receive().await, json!({ "type": "connection_ack" }));
    socket
}

/// Returns when the server is in the middle of a message, and can send no more until the client
/// reads.
async fn stall(socket: &mut Socket) {
    let pad = "x".repeat(LONG);
    socket.send(json!({ "type": "ping", "payload": { "pad": pad } })).await;
    let MaybeTlsStream::Plain(stream) = socket.0.get_ref() else { panic!("not TCP") };
    assert_eq!(stream.peek(&mut [0]).await.unwrap(), 1);
}

/// Reads until the last of `count` messages of this kind. `None` if the server has disconnected the
/// client, or an operation failed.
async fn read_all(socket: &mut Socket, kind: &str, count: usize) -> Option<()> {
    let mut left = count;
    while left > 0 {
        let Ok(Message::Text(text)) = socket.read().await else { return None };
        let received: serde_json::Value = serde_json::from_str(&text).unwrap();
        if received["type"] == "error" || received["payload"].get("errors").is_some() {
            return None;
        }
        left -= usize::from(received["type"] == kind);
    }
    Some(())
}

/// Runs attempts until one succeeds.
async fn conclude(mut attempt: impl AsyncFnMut() -> Option<()>) {
    for _ in 0..ATTEMPTS {
        if attempt().await.is_some() {
            return;
        }
    }
    panic!("the other client had to wait until the server disconnected the one that does not read");
}

/// Occupies a connection until it is dropped.
async fn endless_statement(reader: &impl ConnectionTrait) {
    let sql = match Backend::current() {
        Backend::Postgres => "select pg_sleep(600)",
        Backend::Sqlite => {
            "with recursive n(i) as (select 1 union all select i + 1 from n)
             select i from n where i < 0"
        }
    };
    let statement = Statement::from_string(reader.get_database_backend(), sql);
    reader.query_one_raw(statement).await.unwrap();
}

#[tokio::test]
async fn queries_of_a_client_that_does_not_read_keep_no_connection() {
    const QUERY: &str = "{ booksConnection { totalCount } }";
    let served = ServedApp::open().await;
    let port = serve(&served);
    let other = served.app.anonymous();
    let db = &served.app.app.db;
    conclude(async || {
        let mut socket = ready(port).await;
        // All connections are in use, so the queries wait for one.
        let mut endless: Vec<Pin<Box<_>>> =
            (0..STATEMENTS).map(|_| Box::pin(endless_statement(db.reader()))).collect();
        for statement in &mut endless {
            assert!(poll!(statement).is_pending());
        }
        for id in 0..20 {
            socket.execute(&id.to_string(), QUERY).await;
        }
        stall(&mut socket).await;
        drop(endless);

        let response = other.query(QUERY).await;

        read_all(&mut socket, "complete", 20).await?;
        response.data();
        Some(())
    })
    .await;
}

#[tokio::test]
async fn a_client_that_does_not_read_delays_nobody_who_shares_its_result() {
    const QUERY: &str = "subscription { bookChanged { book { title authors { name } } } }";
    if Backend::current() == Backend::Sqlite {
        // Its readers wait for no lock, so no execution can be held up.
        return;
    }
    let served = ServedApp::open().await;
    let port = serve(&served);
    let ann = served.app.signed_in("ann").await;
    let database = &served.app.database;
    conclude(async || {
        let mut first = ready(port).await;
        first.subscribe("1", QUERY).await;
        let mut other = served.anonymous_socket().await;
        other.subscribe("1", QUERY).await;
        let mut connection = PgConnection::connect(database.url()).await.unwrap();
        connection.execute("begin").await.unwrap();
        connection.execute(r#"lock table "author" in access exclusive mode"#).await.unwrap();
        ann.create_book("Emma").await;
        let waiting = "select 'yes' from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'";
        eventually("an execution that waits", async || {
            (database.first_column(waiting).await == ["yes"]).then_some(())
        })
        .await;
        stall(&mut first).await;
        connection.execute("rollback").await.unwrap();

        let book = other.next("1").await["bookChanged"]["book"].clone();

        assert_eq!(book, json!({ "title": "Emma", "authors": [] }));
        read_all(&mut first, "next", 1).await
    })
    .await;
}
