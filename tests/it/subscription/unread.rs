//! Clients that do not read what they asked for: it fills memory, so they keep the places
//! of their operations.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, TcpStream},
};

use axum::http::StatusCode;
use serde_json::json;
use tokio::task::spawn_blocking;

use super::Library;
use crate::it::{graphql::rows::BOOK, support::eventually};

/// 18 megabytes, which is more than the buffers of both ends of a connection take.
const LONG: &str = "{ a: books(limit: 100) { description } b: books(limit: 100) { description } c: books(limit: 100) { description } \
    d: books(limit: 100) { description } e: books(limit: 100) { description } f: books(limit: 100) { description } }";

/// Has long books, and a place for one operation of a client.
async fn library() -> Library {
    let flags = ["--graphql-max-concurrent=1", "--graphql-max-response-bytes=20000000"];
    let library = Library::open_with(&flags).await;
    let ann = library.app.signed_in("ann").await;
    for n in 0..100 {
        // Three bytes each.
        let book = json!({ "title": format!("Book {n}"), "description": "€".repeat(10_000) });
        BOOK.create(&ann, book).await.data();
    }
    library
}

/// How a short question of somebody who is not signed in is answered.
async fn status(library: &Library) -> StatusCode {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://127.0.0.1:{}/graphql", library.port);
    let asked = client.post(url).json(&json!({ "query": "{ __typename }" })).send();
    asked.await.unwrap().status()
}

async fn is_free_again(library: &Library) {
    eventually("free places", async || (status(library).await == StatusCode::OK).then_some(()))
        .await;
}

/// Asks for a long answer and reads no more than that there is one.
fn ask(port: u16, accept: &str) -> TcpStream {
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
async fn who_does_not_read_an_answer_keeps_its_place_until_they_hang_up() {
    let library = library().await;
    for accept in ["application/json", "text/event-stream"] {
        let port = library.port;
        let unread = spawn_blocking(move || ask(port, accept)).await.unwrap();
        assert_eq!(status(&library).await, StatusCode::TOO_MANY_REQUESTS, "{accept}");
        drop(unread);
        is_free_again(&library).await;
    }
    // Who reads has all of it, and gives the place back.
    let port = library.port;
    let mut stream = spawn_blocking(move || ask(port, "application/json")).await.unwrap();
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
    is_free_again(&library).await;
}
