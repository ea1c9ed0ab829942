//! Clients that do not read responses: responses fill memory, so their operations keep counting
//! towards the limits.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, TcpStream},
};

use axum::http::StatusCode;
use serde_json::json;
use tokio::task::spawn_blocking;

use super::ServedApp;
use crate::it::{graphql::rows::BOOK, support::eventually};

/// 18 MB, more than the buffers of both ends of a connection.
const LONG: &str = "{ a: books(limit: 100) { description } b: books(limit: 100) { description } c: books(limit: 100) { description } \
    d: books(limit: 100) { description } e: books(limit: 100) { description } f: books(limit: 100) { description } }";

/// Starts an application with long books that allows one operation per client.
async fn start_with_long_books() -> ServedApp {
    let flags = ["--graphql-max-concurrent=1", "--graphql-max-response-bytes=20000000"];
    let served = ServedApp::open_with(&flags).await;
    let ann = served.app.signed_in("ann").await;
    for index in 0..100 {
        // Three bytes each.
        let book = json!({ "title": format!("Book {index}"), "description": "€".repeat(10_000) });
        BOOK.create(&ann, book).await.data();
    }
    served
}

/// Returns the status of a short anonymous query.
async fn status(served: &ServedApp) -> StatusCode {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://127.0.0.1:{}/graphql", served.port);
    let response = client.post(url).json(&json!({ "query": "{ __typename }" })).send();
    response.await.unwrap().status()
}

/// Waits until a query is accepted again.
async fn wait_until_accepted(served: &ServedApp) {
    eventually("free places", async || (status(served).await == StatusCode::OK).then_some(()))
        .await;
}

/// Sends a query with a long response, and reads only the status line.
fn start_long_query(port: u16, accept: &str) -> TcpStream {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    let body = json!({ "query": LONG }).to_string();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Accept: {accept}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).unwrap();
    let mut status = [0; 15];
    stream.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 200 OK");
    stream
}

#[tokio::test]
async fn an_unread_response_holds_its_permit_until_the_client_disconnects() {
    let served = start_with_long_books().await;
    for accept in ["application/json", "text/event-stream"] {
        let port = served.port;
        let unread = spawn_blocking(move || start_long_query(port, accept)).await.unwrap();
        assert_eq!(status(&served).await, StatusCode::TOO_MANY_REQUESTS, "{accept}");
        drop(unread);
        wait_until_accepted(&served).await;
    }
    // A client that reads everything releases its permit.
    let port = served.port;
    let mut stream =
        spawn_blocking(move || start_long_query(port, "application/json")).await.unwrap();
    let end = spawn_blocking(move || {
        let (mut text, mut chunk) = (Vec::new(), vec![0; 64 * 1024]);
        while !text.ends_with(b"]}}") {
            let read = stream.read(&mut chunk).unwrap();
            assert!(read > 0, "{} bytes", text.len());
            text.extend_from_slice(chunk.get(..read).unwrap());
        }
        text.len()
    });
    assert!(end.await.unwrap() > 600 * 30_000);
    wait_until_accepted(&served).await;
}
