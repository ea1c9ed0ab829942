//! Close codes of protocol violations.

use futures_util::SinkExt;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::{BOOKS, PROTOCOL, ServedApp, Socket};

#[tokio::test]
async fn an_unsupported_subprotocol_is_closed_with_4406() {
    let served = ServedApp::open().await;
    let mut socket = Socket::open(served.port, &[]).await;
    assert_eq!(socket.close_code().await, (4406, "Subprotocol not acceptable".to_owned()));
}

#[tokio::test]
async fn a_missing_connection_init_is_closed_with_4408() {
    let served = ServedApp::open_with(&["--graphql-subscriptions-init-timeout", "1"]).await;
    let mut socket = Socket::open(served.port, &[PROTOCOL]).await;
    socket.send(json!({ "type": "ping" })).await;
    assert_eq!(socket.receive().await, json!({ "type": "pong" }));
    assert_eq!(socket.close_code().await, (4408, "Connection initialisation timeout".to_owned()));
}

#[tokio::test]
async fn a_second_connection_init_is_closed_with_4429() {
    let served = ServedApp::open().await;
    let mut socket = served.anonymous_socket().await;
    socket.send(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.close_code().await, (4429, "Too many initialisation requests".to_owned()));
}

#[tokio::test]
async fn an_operation_before_the_acknowledgement_is_closed_with_4401() {
    let served = ServedApp::open().await;
    let mut socket = Socket::open(served.port, &[PROTOCOL]).await;
    socket.execute("1", BOOKS).await;
    assert_eq!(socket.close_code().await, (4401, "Unauthorized".to_owned()));
}

#[tokio::test]
async fn a_duplicate_operation_id_is_closed_with_4409() {
    let served = ServedApp::open().await;
    let mut socket = served.anonymous_socket().await;
    socket.subscribe("a", BOOKS).await;
    socket.execute("a", BOOKS).await;
    assert_eq!(socket.close_code().await, (4409, "Subscriber for a already exists".to_owned()));
}

#[tokio::test]
async fn an_operation_id_can_be_reused_after_completion() {
    let served = ServedApp::open().await;
    let ann = served.app.signed_in("ann").await;
    let mut socket = served.anonymous_socket().await;
    socket.subscribe("a", BOOKS).await;
    socket.send(json!({ "id": "a", "type": "complete" })).await;
    socket.subscribe("a", "subscription { bookChanged { kind } }").await;

    ann.create_book("Emma").await;

    assert_eq!(socket.next("a").await, json!({ "bookChanged": { "kind": "CREATED" } }));
    socket.send(json!({ "id": "a", "type": "complete" })).await;
    socket.assert_no_message().await;
    ann.create_book("Persuasion").await;
    socket.assert_no_message().await;
}

#[tokio::test]
async fn an_invalid_message_is_closed_with_4400() {
    let served = ServedApp::open().await;
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
        let mut socket = served.anonymous_socket().await;
        socket.0.send(Message::text(text)).await.unwrap();
        let (code, reason) = socket.close_code().await;
        assert!(code == 4400 && reason.starts_with("Invalid message"), "{text}: {code} {reason}");
    }
    let mut socket = served.anonymous_socket().await;
    socket.0.send(Message::binary(b"{}".to_vec())).await.unwrap();
    assert_eq!(socket.close_code().await.0, 4400);
}

#[tokio::test]
async fn an_invalid_token_is_closed_with_4403() {
    let served = ServedApp::open().await;
    for payload in [
        json!({ "authorization": "Bearer nobodys" }),
        json!({ "Authorization": "Bearer nobodys" }),
        json!({ "token": "nobodys" }),
        json!({ "token": "line\nbreak" }),
    ] {
        let mut socket = Socket::open(served.port, &[PROTOCOL]).await;
        socket.send(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(socket.close_code().await, (4403, "Forbidden".to_owned()), "{payload}");
    }
}

#[tokio::test]
async fn a_too_long_message_closes_the_socket() {
    let served = ServedApp::open_with(&["--graphql-max-body-bytes", "4096"]).await;
    let mut socket = served.anonymous_socket().await;
    socket.execute("1", &format!("{{ me {{ id }} }} # {}", "x".repeat(4_000))).await;
    // The connection may be reset before the close frame is read.
    if let Ok(Message::Close(Some(frame))) = socket.read().await {
        assert_eq!(u16::from(frame.code), 1009);
    }
    // The server still works.
    served.anonymous_socket().await.assert_no_message().await;
}
