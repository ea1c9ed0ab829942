//! Sockets closed for slow clients and at shutdown.

use serde_json::json;

use super::{BOOKS, ServedApp, Socket};
use crate::it::support::{ServerProcess, TestDatabase, WriteLock, eventually};

/// Returns a selection of two hundred descriptions.
fn long_selection() -> String {
    let fields: Vec<_> = (0..20).map(|index| format!("d{index}: description")).collect();
    format!("subscription {{ bookChanged {{ book {{ {} }} }} }}", fields.join(" "))
}

#[tokio::test]
async fn a_client_that_does_not_read_is_disconnected_and_others_receive_all_changes() {
    let served = ServedApp::open_with(&[
        "--graphql-subscriptions-per-user=1",
        "--graphql-max-variables-bytes=1000000",
    ])
    .await;
    let (ann, bob) = (served.app.signed_in("ann").await, served.app.signed_in("bob").await);
    let mut deaf = served.socket_of(&bob).await;
    deaf.subscribe("1", &long_selection()).await;
    let mut socket = served.socket_of(&ann).await;
    socket.subscribe("1", BOOKS).await;

    // More than the buffers of a connection hold: 100 responses of 200 kB.
    let inputs: Vec<_> = (0..50)
        .map(|index| json!({ "title": format!("{index}"), "description": "x".repeat(10_000), "authorIds": [] }))
        .collect();
    let create = "mutation($inputs: [CreateBookInput!]!) { createBooks(inputs: $inputs) { id } }";
    for _ in 0..2 {
        ann.graphql(create, json!({ "inputs": inputs })).await.data();
    }

    for index in (0..50).chain(0..50) {
        assert_eq!(socket.next("1").await["bookChanged"]["book"]["title"], index.to_string());
    }
    // The slow client's connection no longer counts, though it never disconnected.
    eventually("a free seat", async || {
        let mut second = Socket::open(served.port, &headers(&super::cookie(&bob))).await;
        second.send(json!({ "type": "connection_init" })).await;
        second.read().await.is_ok_and(|said| said.is_text()).then_some(())
    })
    .await;
}

/// Returns the headers of a browser's socket.
fn headers(cookie: &str) -> [(&str, &str); 3] {
    [super::PROTOCOL, ("cookie", cookie), ("origin", super::BASE_URL)]
}

#[tokio::test]
async fn shutdown_closes_sockets_with_1001_and_ends_streams() {
    let database = TestDatabase::create().await;
    let server = ServerProcess::start(&database).await;
    let mut sockets = Vec::new();
    for _ in 0..3 {
        let mut socket = Socket::ready(server.port, &[], json!({})).await;
        socket.subscribe("1", BOOKS).await;
        sockets.push(socket);
    }
    let url = format!("http://127.0.0.1:{}/graphql", server.port);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let stream = client.post(url).header("accept", "text/event-stream");
    let mut stream = stream.json(&json!({ "query": BOOKS })).send().await.unwrap();
    assert!(stream.chunk().await.unwrap().is_some());

    server.process.send_signal("TERM");
    for socket in &mut sockets {
        assert_eq!(socket.close_code().await, (1001, "Going away".to_owned()));
    }
    // The connection closes without a final message, so clients reconnect.
    assert_eq!(stream.chunk().await.unwrap(), None);
    drop(sockets);
    let ended = server.process.wait().await;
    assert!(!ended.stderr.contains("did not finish"), "{}", ended.stderr);
    ended.expect_success();
}

#[tokio::test]
async fn a_mutation_continues_when_its_socket_is_closed() {
    let served = ServedApp::open_with(&["--graphql-max-concurrent=1"]).await;
    let ann = served.app.signed_in("ann").await;
    let lock = WriteLock::acquire(&served.app.database).await;
    let mut socket = served.socket_of(&ann).await;
    socket
        .execute("1", r#"mutation { createBook(input: { title: "Emma", authorIds: [] }) { id } }"#)
        .await;
    let is_at_work = async || ann.query("{ __typename }").await.status.as_u16() == 429;
    eventually("a mutation that has begun", async || is_at_work().await.then_some(())).await;

    drop(socket);
    lock.release().await;

    eventually("its end", async || (!is_at_work().await).then_some(())).await;
    let titles = served.app.database.first_column(r#"select "title" from "book""#).await;
    assert_eq!(titles, ["Emma"]);
}
