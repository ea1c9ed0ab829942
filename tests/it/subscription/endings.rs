//! Sockets that end because their client does not read, or the server ends.

use serde_json::json;

use super::{BOOKS, Library, Socket};
use crate::it::support::{ServerProcess, TestDatabase, WriteLock, eventually};

/// Two hundred times a description.
fn long() -> String {
    let fields: Vec<_> = (0..20).map(|n| format!("d{n}: description")).collect();
    format!("subscription {{ bookChanged {{ book {{ {} }} }} }}", fields.join(" "))
}

#[tokio::test]
async fn who_does_not_read_is_dropped_and_others_hear_everything() {
    let library = Library::open_with(&[
        "--graphql-subscriptions-per-user=1",
        "--graphql-max-variables-bytes=1000000",
    ])
    .await;
    let (ann, bob) = (library.app.signed_in("ann").await, library.app.signed_in("bob").await);
    let mut deaf = library.browser(&bob).await;
    deaf.subscribe("1", &long()).await;
    let mut socket = library.browser(&ann).await;
    socket.subscribe("1", BOOKS).await;

    // More than the connection takes: 100 answers of 200 kB.
    let inputs: Vec<_> = (0..50)
        .map(|n| json!({ "title": format!("{n}"), "description": "x".repeat(10_000), "authorIds": [] }))
        .collect();
    let create = "mutation($inputs: [CreateBookInput!]!) { createBooks(inputs: $inputs) { id } }";
    for _ in 0..2 {
        ann.graphql(create, json!({ "inputs": inputs })).await.data();
    }

    for n in (0..50).chain(0..50) {
        assert_eq!(socket.next("1").await["bookChanged"]["book"]["title"], n.to_string());
    }
    // The seat of who does not read is free again, though they never hung up.
    eventually("a free seat", async || {
        let mut again = Socket::open(library.port, &headers(&super::cookie(&bob))).await;
        again.say(json!({ "type": "connection_init" })).await;
        again.read().await.is_ok_and(|said| said.is_text()).then_some(())
    })
    .await;
}

fn headers(cookie: &str) -> [(&str, &str); 3] {
    [super::PROTOCOL, ("cookie", cookie), ("origin", super::BASE_URL)]
}

#[tokio::test]
async fn the_end_of_the_server_closes_sockets_with_1001_and_ends_streams() {
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
        assert_eq!(socket.closed().await, (1001, "Going away".to_owned()));
    }
    // Without a word, so that clients try again elsewhere.
    assert_eq!(stream.chunk().await.unwrap(), None);
    drop(sockets);
    let ended = server.process.wait().await;
    assert!(!ended.stderr.contains("did not finish"), "{}", ended.stderr);
    ended.expect_success();
}

#[tokio::test]
async fn a_mutation_goes_on_when_its_socket_is_closed() {
    let library = Library::open_with(&["--graphql-max-concurrent=1"]).await;
    let ann = library.app.signed_in("ann").await;
    let lock = WriteLock::acquire(&library.app.database).await;
    let mut socket = library.browser(&ann).await;
    socket
        .execute("1", r#"mutation { createBook(input: { title: "Emma", authorIds: [] }) { id } }"#)
        .await;
    let is_at_work = async || ann.query("{ __typename }").await.status.as_u16() == 429;
    eventually("a mutation that has begun", async || is_at_work().await.then_some(())).await;

    drop(socket);
    lock.release().await;

    eventually("its end", async || (!is_at_work().await).then_some(())).await;
    let titles = library.app.database.first_column(r#"select "title" from "book""#).await;
    assert_eq!(titles, ["Emma"]);
}
