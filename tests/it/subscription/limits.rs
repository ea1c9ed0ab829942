//! How many sockets and streams one client may have.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use serde_json::json;
use tokio_tungstenite::tungstenite::Error;

use super::{BASE_URL, BOOKS, Library, PROTOCOL, Socket, cookie};
use crate::it::support::eventually;

#[tokio::test]
async fn a_user_has_so_many_connections_and_no_more() {
    let library = Library::open_with(&["--graphql-subscriptions-per-user", "2"]).await;
    let (ann, bob) = (library.app.signed_in("ann").await, library.app.signed_in("bob").await);
    let one = library.browser(&ann).await;
    let _two = library.browser(&ann).await;
    let _bobs = library.browser(&bob).await;
    let header = [PROTOCOL, ("cookie", &*cookie(&ann)), ("origin", BASE_URL)];

    let mut three = Socket::open(library.port, &header).await;
    three.say(json!({ "type": "connection_init" })).await;
    assert_eq!(three.closed().await, (1013, "Too many connections".to_owned()));

    // Its place is given back when the server notices.
    drop(one);
    eventually("a free place", async || {
        let mut socket = Socket::open(library.port, &header).await;
        socket.say(json!({ "type": "connection_init" })).await;
        matches!(socket.read().await, Ok(message) if message.is_text()).then_some(())
    })
    .await;
}

/// The server waits five seconds for the client's answer to its close frame. If a busy machine needs
/// longer, the test tries again.
#[tokio::test]
async fn a_connection_counts_until_it_is_closed() {
    const LIMIT: usize = 20;
    let library = Library::open().await;
    let ann = library.app.signed_in("ann").await;
    let header = [PROTOCOL, ("cookie", &*cookie(&ann)), ("origin", BASE_URL)];
    eventually("an outcome in time", async || {
        let mut sockets = Vec::new();
        for _ in 0..LIMIT {
            let mut socket = Socket::open(library.port, &header).await;
            socket.say(json!({ "type": "connection_init" })).await;
            // Connections of the last attempt may not have ended yet.
            if !socket.read().await.unwrap().is_text() {
                return None;
            }
            sockets.push(socket);
        }
        let begun = Instant::now();
        for socket in &mut sockets {
            socket.say(json!({ "type": "connection_init" })).await;
            assert_eq!(socket.closed().await.0, 4429);
        }
        let mut one_more = Socket::open(library.port, &header).await;
        one_more.say(json!({ "type": "connection_init" })).await;
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
async fn an_address_has_so_many_connections_and_no_more() {
    let library = Library::open_with(&["--graphql-subscriptions-per-address", "2"]).await;
    let one = library.stranger().await;
    let _two = library.stranger().await;

    let Err(Error::Http(refusal)) = Socket::try_open(library.port, &[PROTOCOL]).await else {
        panic!("a third one")
    };
    assert_eq!(refusal.status(), StatusCode::TOO_MANY_REQUESTS);
    drop(one);
    eventually("a free place", async || Socket::try_open(library.port, &[PROTOCOL]).await.ok())
        .await;
}

#[tokio::test]
async fn a_socket_has_so_many_operations_and_no_more() {
    let library = Library::open_with(&["--graphql-subscriptions-per-socket", "2"]).await;
    let mut socket = library.stranger().await;
    socket.subscribe("1", BOOKS).await;
    socket.subscribe("2", BOOKS).await;

    socket.execute("3", BOOKS).await;
    let said = socket.hear().await;
    assert_eq!((&said["type"], &said["id"]), (&json!("error"), &json!("3")));
    assert_eq!(said["payload"][0]["extensions"]["code"], "RATE_LIMITED", "{said}");

    socket.say(json!({ "id": "1", "type": "complete" })).await;
    socket.subscribe("3", BOOKS).await;
}

#[tokio::test]
async fn a_flood_of_operations_is_answered_and_ends_nothing() {
    let library = Library::open().await;
    let ann = library.app.signed_in("ann").await;
    let mut socket = library.stranger().await;
    for id in 0..500 {
        socket.execute(&id.to_string(), BOOKS).await;
    }
    // The first 20 go on; each of the others is told that it does not.
    for id in 20..500 {
        let said = socket.hear().await;
        assert_eq!((&said["type"], &said["id"]), (&json!("error"), &json!(id.to_string())));
    }
    ann.create_book("Emma").await;
    for _ in 0..20 {
        assert_eq!(socket.hear().await["type"], "next");
    }
    socket.hears_nothing().await;
}
