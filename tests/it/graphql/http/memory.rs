//! Memory limits of the most expensive requests.
//!
//! Each test needs a process of its own: its memory is the server's, and on SQLite the database's
//! as well.

use std::fs;

use serde_json::Value;
use tokio::task::JoinSet;

use super::{document, post};
use crate::it::support::{Backend, Client, TestApp};

const MIB: usize = 1024 * 1024;

/// Creates a hundred books with the same hundred authors, each with a biography of 60 kB as JSON.
async fn long_texts(app: &TestApp) {
    let ann = app.signed_in("ann").await;
    let owner = ann.user_id().await;
    let (numbers, long) = if Backend::current() == Backend::Sqlite {
        (
            "(with recursive c(n) as (select 1 union all select n + 1 from c where n < 100) select n from c) c",
            "replace(hex(zeroblob(5000)), '0', char(1))",
        )
    } else {
        ("generate_series(1, 100) c(n)", "repeat(chr(1), 10000)")
    };
    let time = "'2026-01-02T03:04:05.678+00:00'";
    for (table, label, body) in [("author", "name", "bio"), ("book", "title", "description")] {
        let insert = format!(
            r#"insert into "{table}" ("id", "{label}", "{label}Folded", "{body}", "userId", "createdAt", "updatedAt")
                select '{table}' || n, 'x' || n, 'x' || n, {long}, '{owner}', {time}, {time} from {numbers}"#
        );
        app.database.execute(&insert).await;
    }
    let links = r#"insert into "bookAuthor" ("bookId", "authorId", "position")
        select b."id", a."id", cast(substr(a."id", 7) as integer) from "book" b cross join "author" a"#;
    app.database.execute(links).await;
}

/// The most expensive requests within the limits.
const EXPENSIVE: [&str; 12] = [
    "{ books(limit: 100) { authors { bio } } }",
    "{ a: books(limit: 100) { authors { bio } } b: books(limit: 99) { authors { bio } } c: books(limit: 98) { authors { bio } } }",
    "{ books(limit: 100) { authors { bio viewerCan { update } } } }",
    "{ books(limit: 100) { viewerCan { update } description authors { name bio } } }",
    "{ booksConnection(first: 100) { nodes { authors { bio } } } }",
    "{ booksConnection(first: 90) { nodes { authorsConnection(first: 50) { nodes { bio } } } } }",
    "{ authors(limit: 98) { books(limit: 98) { description } } }",
    "{ authors(limit: 90) { booksConnection(first: 50) { edges { cursor } } } }",
    "{ books(limit: 100) { authors { viewerCan { update } books(limit: 1) { description } } } }",
    "{ books(limit: 100) { authors { books { description } } } }",
    "{ authors(limit: 100) { books { description authors { bio } } } }",
    "{ books(limit: 67) { description authors { name } } a: books(limit: 66) { description } b: books(limit: 65) { description } c: books(limit: 64) { description } d: books(limit: 63) { description } e: authors(limit: 66) { bio } }",
];

/// Returns a value of `/proc/self/status` in kB.
fn kilobytes(name: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Returns the additional memory of the process in bytes, at its maximum during `work`.
async fn peak(work: impl Future<Output = ()>) -> usize {
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = kilobytes("VmRSS");
    work.await;
    (kilobytes("VmHWM").saturating_sub(before)) * 1024
}

/// Returns the error code of a response.
fn code(response: &Value) -> Option<&str> {
    response["errors"][0]["extensions"]["code"].as_str()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_uses_more_than_64_mib() {
    // Timeouts are long, as cores may be busy and only memory is measured.
    let app = TestApp::start_with(&["--graphql-timeout-ms=60000"]).await;
    long_texts(&app).await;
    let anyone = app.anonymous();
    // Allocations that only the first request makes.
    post(&anyone, &[], document("{ books(limit: 20) { title authors { name } } }")).await.data();
    for text in EXPENSIVE {
        let used = peak(async {
            let response = post(&anyone, &[], document(text)).await;
            let code = code(&response.json()).map(str::to_owned);
            assert!(
                matches!(code.as_deref(), None | Some("RESPONSE_TOO_LARGE")),
                "{text}: {code:?}"
            );
        });
        let used = used.await;
        assert!(used <= 64 * MIB, "{text}: {} MiB", used / MIB);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_concurrent_requests_use_no_more_than_512_mib() {
    let app = TestApp::start().await;
    long_texts(&app).await;
    let used = peak(async {
        let mut all = JoinSet::new();
        for (text, number) in EXPENSIVE.iter().cycle().zip(0..100) {
            let anyone: Client = app.anonymous().at_address(&format!("192.0.2.{number}"));
            all.spawn(async move {
                let response = post(&anyone, &[], document(text)).await;
                let code = code(&response.json()).map(str::to_owned);
                let code = code.as_deref();
                let known = [
                    None,
                    Some("RESPONSE_TOO_LARGE"),
                    Some("SERVICE_UNAVAILABLE"),
                    Some("TIMEOUT"),
                ];
                assert!(known.contains(&code), "{text}: {code:?}");
            });
        }
        while let Some(done) = all.join_next().await {
            done.unwrap();
        }
    });
    let used = used.await;
    assert!(used <= 512 * MIB, "{} MiB", used / MIB);
    post(&app.anonymous(), &[], document("{ books(limit: 20) { title } }")).await.data();
}
