//! Limits of sockets, streams and operations per client.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use serde_json::json;
use tokio_tungstenite::tungstenite::Error;

use super::{BASE_URL, BOOKS, PROTOCOL, ServedApp, Socket, cookie};
use crate::it::support::eventually;

#[tokio::test]
async fn connections_of_a_user_are_limited() {
    let served = ServedApp::open_with(&["--graphql-subscriptions-per-user", "2"]).await;
    let (ann, bob) = (served.app.signed_in("ann").await, served.app.signed_in("bob").await);
    let first = served.socket_of(&ann).await;
    let _two = served.socket_of(&ann).await;
    let _bobs = served.socket_of(&bob).await;
    let header = [PROTOCOL, ("cookie", &*cookie(&ann)), ("origin", BASE_URL)];

    let mut three = Socket::open(served.port, &header).await;
    three.send(json!({ "type": "connection_init" })).await;
    assert_eq!(three.close_code().await, (1013, "Too many connections".to_owned()));

    // The connection is released when the server notices its end.
    drop(first);
    eventually("a free place", async || {
        let mut socket = Socket::open(served.port, &header).await;
        socket.send(json!({ "type": "connection_init" })).await;
        matches!(socket.read().await, Ok(message) if message.is_text()).then_some(())
    })
    .await;
}

/// The server waits five seconds for the client's answer to its close frame. If a busy machine needs
/// longer, the test tries again.
#[tokio::test]
async fn a_connection_counts_until_it_is_closed() {
    const LIMIT: usize = 20;
    let served = ServedApp::open().await;
    let ann = served.app.signed_in("ann").await;
    let header = [PROTOCOL, ("cookie", &*cookie(&ann)), ("origin", BASE_URL)];
    eventually("an outcome in time", async || {
        let mut sockets = Vec::new();
        for _ in 0..LIMIT {
            let mut socket = Socket::open(served.port, &header).await;
            socket.send(json!({ "type": "connection_init" })).await;
            // Connections of the last attempt may not have ended yet.
            if !socket.read().await.unwrap().is_text() {
                return None;
            }
            sockets.push(socket);
        }
        let begun = Instant::now();
        for socket in &mut sockets {
            socket.send(json!({ "type": "connection_init" })).await;
            assert_eq!(socket.close_code().await.0, 4429);
        }
        let mut one_more = Socket::open(served.port, &header).await;
        one_more.send(json!({ "type": "connection_init" })).await;
        let message = one_more.read().await.unwrap();
        let is_refused = message.is_close();
        // Each of them has read the close frame, and not answered it.
        drop(sockets);
        (is_refused || begun.elapsed() < Duration::from_secs(5)).then_some(is_refused)
    })
    .await
    .then_some(())
    .expect("a connection that is being closed no longer counted");
}

#[tokio::test]
async fn connections_of_an_address_are_limited() {
    let served = ServedApp::open_with(&["--graphql-subscriptions-per-address", "2"]).await;
    let first = served.anonymous_socket().await;
    let _two = served.anonymous_socket().await;

    let Err(Error::Http(refusal)) = Socket::try_open(served.port, &[PROTOCOL]).await else {
        panic!("a third connection was accepted")
    };
    assert_eq!(refusal.status(), StatusCode::TOO_MANY_REQUESTS);
    drop(first);
    eventually("a free place", async || Socket::try_open(served.port, &[PROTOCOL]).await.ok())
        .await;
}

#[tokio::test]
async fn operations_of_a_socket_are_limited() {
    let served = ServedApp::open_with(&["--graphql-subscriptions-per-socket", "2"]).await;
    let mut socket = served.anonymous_socket().await;
    socket.subscribe("1", BOOKS).await;
    socket.subscribe("2", BOOKS).await;

    socket.execute("3", BOOKS).await;
    let received = socket.receive().await;
    assert_eq!((&received["type"], &received["id"]), (&json!("error"), &json!("3")));
    assert_eq!(received["payload"][0]["extensions"]["code"], "RATE_LIMITED", "{received}");

    socket.send(json!({ "id": "1", "type": "complete" })).await;
    socket.subscribe("3", BOOKS).await;
}

#[tokio::test]
async fn a_flood_of_operations_does_not_close_the_socket() {
    let served = ServedApp::open().await;
    let ann = served.app.signed_in("ann").await;
    let mut socket = served.anonymous_socket().await;
    for id in 0..500 {
        socket.execute(&id.to_string(), BOOKS).await;
    }
    // The first 20 operations continue; each of the others gets an error.
    for id in 20..500 {
        let received = socket.receive().await;
        assert_eq!((&received["type"], &received["id"]), (&json!("error"), &json!(id.to_string())));
    }
    ann.create_book("Emma").await;
    for _ in 0..20 {
        assert_eq!(socket.receive().await["type"], "next");
    }
    socket.assert_no_message().await;
}
