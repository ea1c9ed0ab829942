//! How sockets end that do not keep the protocol.

use futures_util::SinkExt;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::{BOOKS, Library, PROTOCOL, Socket};

#[tokio::test]
async fn another_protocol_or_none_is_closed_with_4406() {
    let library = Library::open().await;
    let mut socket = Socket::open(library.port, &[]).await;
    assert_eq!(socket.closed().await, (4406, "Subprotocol not acceptable".to_owned()));
}

#[tokio::test]
async fn who_does_not_say_who_they_are_is_closed_with_4408() {
    let library = Library::open_with(&["--graphql-subscriptions-init-timeout", "1"]).await;
    let mut socket = Socket::open(library.port, &[PROTOCOL]).await;
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.hear().await, json!({ "type": "pong" }));
    assert_eq!(socket.closed().await, (4408, "Connection initialisation timeout".to_owned()));
}

#[tokio::test]
async fn who_says_it_twice_is_closed_with_4429() {
    let library = Library::open().await;
    let mut socket = library.stranger().await;
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.closed().await, (4429, "Too many initialisation requests".to_owned()));
}

#[tokio::test]
async fn an_operation_before_the_acknowledgement_is_closed_with_4401() {
    let library = Library::open().await;
    let mut socket = Socket::open(library.port, &[PROTOCOL]).await;
    socket.execute("1", BOOKS).await;
    assert_eq!(socket.closed().await, (4401, "Unauthorized".to_owned()));
}

#[tokio::test]
async fn a_second_operation_of_one_id_is_closed_with_4409() {
    let library = Library::open().await;
    let mut socket = library.stranger().await;
    socket.subscribe("a", BOOKS).await;
    socket.execute("a", BOOKS).await;
    assert_eq!(socket.closed().await, (4409, "Subscriber for a already exists".to_owned()));
}

#[tokio::test]
async fn an_id_is_free_again_when_its_operation_is_complete() {
    let library = Library::open().await;
    let ann = library.app.signed_in("ann").await;
    let mut socket = library.stranger().await;
    socket.subscribe("a", BOOKS).await;
    socket.say(json!({ "id": "a", "type": "complete" })).await;
    socket.subscribe("a", "subscription { bookChanged { kind } }").await;

    ann.create_book("Emma").await;

    assert_eq!(socket.next("a").await, json!({ "bookChanged": { "kind": "CREATED" } }));
    socket.say(json!({ "id": "a", "type": "complete" })).await;
    socket.hears_nothing().await;
    ann.create_book("Persuasion").await;
    socket.hears_nothing().await;
}

#[tokio::test]
async fn what_is_no_message_is_closed_with_4400() {
    let library = Library::open().await;
    let long = format!("{{\"type\":\"{}\"}}", "é".repeat(1_000));
    for text in [
        "",
        "hello",
        "[]",
        "{\"type\":\"start\",\"id\":\"1\"}",
        "{\"type\":\"subscribe\",\"id\":\"1\"}",
        "{\"type\":\"subscribe\",\"id\":7,\"payload\":{\"query\":\"{me{id}}\"}}",
        "{\"type\":\"connection_ack\"}",
        &long,
    ] {
        let mut socket = library.stranger().await;
        socket.0.send(Message::text(text)).await.unwrap();
        let (code, reason) = socket.closed().await;
        assert!(code == 4400 && reason.starts_with("Invalid message"), "{text}: {code} {reason}");
    }
    let mut socket = library.stranger().await;
    socket.0.send(Message::binary(b"{}".to_vec())).await.unwrap();
    assert_eq!(socket.closed().await.0, 4400);
}

#[tokio::test]
async fn a_token_that_does_not_count_is_closed_with_4403() {
    let library = Library::open().await;
    for payload in [
        json!({ "authorization": "Bearer nobodys" }),
        json!({ "Authorization": "Bearer nobodys" }),
        json!({ "token": "nobodys" }),
        json!({ "token": "line\nbreak" }),
    ] {
        let mut socket = Socket::open(library.port, &[PROTOCOL]).await;
        socket.say(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(socket.closed().await, (4403, "Forbidden".to_owned()), "{payload}");
    }
}

#[tokio::test]
async fn a_message_that_is_too_long_ends_the_socket() {
    let library = Library::open_with(&["--graphql-max-body-bytes", "4096"]).await;
    let mut socket = library.stranger().await;
    socket.execute("1", &format!("{{ me {{ id }} }} # {}", "x".repeat(4_000))).await;
    // Unless the connection is reset before it can be told.
    if let Ok(Message::Close(Some(frame))) = socket.read().await {
        assert_eq!(u16::from(frame.code), 1009);
    }
    // The server lives.
    library.stranger().await.hears_nothing().await;
}
