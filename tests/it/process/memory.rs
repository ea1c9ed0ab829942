//! Memory of the server process under hostile and normal requests.

use std::fs;

use axum::http::StatusCode;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::it::support::{PASSWORD, ServerProcess, TestDatabase, eventually, skip};

const MB: usize = 1024 * 1024;

/// Starts a server and returns its memory at rest, or `None` on systems without `/proc`.
async fn at_rest(database: &TestDatabase) -> Option<(ServerProcess, usize)> {
    let settings = [("GRAPHQL_SUBSCRIPTIONS_PER_ADDRESS", "1000")];
    let server = ServerProcess::start_with(database, &["serve", "--demo"], &settings).await;
    server.http().query("{ books(limit: 1) { id } }").await.data();
    let Some(baseline) = server.process.memory("VmHWM") else {
        skip(skips::LINUX);
        return None;
    };
    Some((server, baseline))
}

/// Returns the maximum memory of a server.
fn peak(server: &ServerProcess) -> usize {
    server.process.memory("VmHWM").unwrap()
}

/// A document uses a long variable as often as it may have tokens.
#[tokio::test]
async fn a_variable_is_not_copied_per_use() {
    let database = TestDatabase::create().await;
    let Some((server, baseline)) = at_rest(&database).await else { return };
    let conditions = "{title:$s}".repeat(310);
    let uses = "$s ".repeat(900);
    let fields: Vec<_> = (0..30).map(|n| format!("a{n}: books(search: $s) {{ id }}")).collect();
    for document in [
        format!("query($s: String!) {{ books(filter: {{ or: [{conditions}] }}) {{ id }} }}"),
        format!("query($s: ID!) {{ a: bookChanged(ids: [{uses}]) {{ id }} }}"),
        format!("subscription($s: ID!) {{ bookChanged(ids: [{uses}]) {{ kind }} }}"),
        format!("query($s: String!) {{ {} }}", fields.join(" ")),
        format!(
            "mutation($s: ID!) {{ createBook(input: {{ title: \"a\", authorIds: [{uses}] }}) {{ id }} }}"
        ),
        "query($s: String!) { ...F ...F } fragment F on Query { a: books(search: $s) { id } }"
            .into(),
    ] {
        let response = server.http().graphql(&document, json!({ "s": "x".repeat(200_000) })).await;
        assert_eq!(
            response.error_code(),
            "BAD_USER_INPUT",
            "{document:.80}: {:.200}",
            response.text
        );
        assert!(
            response.error_message().contains("GRAPHQL_MAX_VARIABLES_BYTES"),
            "{}",
            response.text
        );
    }
    let grown = peak(&server) - baseline;
    assert!(grown < 32 * MB, "{} MB", grown / MB);
    // A short variable is used often, a long one once.
    let often = format!(
        "query($s: String!) {{ books(filter: {{ or: [{}] }}) {{ id }} }}",
        "{title:$s}".repeat(4)
    );
    server.http().graphql(&often, json!({ "s": "Emma" })).await.data();
    let query = "query($s: ID!) { book(id: $s) { id } }";
    let response = server.http().graphql(query, json!({ "s": "x".repeat(200_000) })).await;
    assert_eq!(response.data()["book"], Value::Null);
}

#[tokio::test]
async fn a_subscription_drops_undeclared_variables() {
    let database = TestDatabase::create().await;
    let Some((server, _)) = at_rest(&database).await else { return };
    let before = server.process.memory("VmRSS").unwrap();
    let open = |variables: Value| {
        let query = "subscription($ids: [ID!]) { bookChanged(ids: $ids) { kind } }";
        let body = json!({ "query": query, "variables": variables }).to_string();
        let mut connection = server.connect();
        connection.write(format!(
            "POST /graphql HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ));
        let head = connection.read_until("\r\n\r\n");
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        (connection, head)
    };
    let mut streams = Vec::new();
    for number in 0..300 {
        let undeclared = format!("{number}{}", "x".repeat(250_000));
        let ids = [number.to_string()];
        streams.push(open(json!({ "ids": ids, "unused": undeclared })));
    }
    let grown = server.process.memory("VmRSS").unwrap().saturating_sub(before);
    // Each connection has a buffer; the total of all sent bytes would be several times 75 MB.
    assert!(grown < 75 * MB, "{} MB", grown / MB);
    // Declared variables stay in memory, and are short.
    drop(streams.pop());
    let (mut refused, head) = open(json!({ "ids": ["x".repeat(20_000)] }));
    assert!(head.contains("text/event-stream"), "{head}");
    let message = refused.read_until("}\n\n");
    assert!(message.contains("at most 16384 bytes"), "{message}");
}

/// Returns the memory without the program file, which is larger in an unoptimized build.
fn private_memory(server: &ServerProcess) -> usize {
    server.process.memory("RssAnon").unwrap()
}

#[tokio::test]
async fn an_idle_server_is_small_and_releases_the_memory_of_sign_ins() {
    let database = TestDatabase::create().await;
    let Some((server, _)) = at_rest(&database).await else { return };
    // The demo passwords were just hashed.
    eventually("little memory at rest", async || (private_memory(&server) < 38 * MB).then_some(()))
        .await;
    assert_eq!(huge_pages(&server), 0);

    let body = json!({ "email": "alice@example.com", "password": PASSWORD });
    let sign_ins = (0..60)
        .map(async |_| server.http().post("/api/auth/sign-in/email", body.clone()).await.status);
    let signed_in = join_all(sign_ins).await;
    // An overloaded server refuses sign-ins.
    assert!(signed_in.contains(&StatusCode::OK), "{signed_in:?}");
    eventually("little memory again", async || (private_memory(&server) < 44 * MB).then_some(()))
        .await;
}

/// Returns the bytes of memory in huge pages.
fn huge_pages(server: &ServerProcess) -> usize {
    let rollup = fs::read_to_string(format!("/proc/{}/smaps_rollup", server.process.id()));
    let rollup = rollup.unwrap_or_default();
    let line = rollup.lines().find_map(|line| line.strip_prefix("AnonHugePages:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<usize>().ok());
    kilobytes.unwrap_or_default() * 1024
}
