//! What a request has begun goes on without its client, and is waited for.

use std::pin::pin;

use axum::http::StatusCode;
use futures_util::FutureExt;
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::it::support::{
    Client, PASSWORD, Response, ServerProcess, TestApp, TestDatabase, WriteLock, eventually,
};

const CREATE: &str = r#"mutation { createBook(input: { title: "Emma", authorIds: [] }) { id } }"#;
const IMPORT: &str = "mutation($file: Upload!) { importBooks(file: $file) { id } }";
const ONE: &str = "--graphql-max-concurrent=1";

/// Whether somebody who may have one operation at a time has one.
async fn is_at_work(client: &Client) -> bool {
    client.query("{ __typename }").await.status == StatusCode::TOO_MANY_REQUESTS
}

async fn titles(app: &TestApp) -> Vec<String> {
    app.database.first_column(r#"select "title" from "book""#).await
}

/// Begins a request of somebody, which waits for a lock, and drops it.
async fn begun_and_dropped(client: &Client, request: impl Future<Output = Response>) {
    let mut request = pin!(request);
    eventually("a request that has begun", async || {
        assert!(request.as_mut().now_or_never().is_none(), "the lock did not hold it");
        is_at_work(client).await.then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_mutation_goes_on_without_its_client_and_keeps_its_place() {
    let app = TestApp::start_with(&[ONE]).await;
    let ann = app.signed_in("ann").await;
    let import = json!({ "query": IMPORT, "variables": { "file": null } });
    let map = json!({ "0": ["variables.file"] });

    let lock = WriteLock::acquire(&app.database).await;
    begun_and_dropped(&ann, ann.query(CREATE)).await;
    assert!(is_at_work(&ann).await);
    lock.release().await;
    eventually("its end", async || (!is_at_work(&ann).await).then_some(())).await;
    assert_eq!(titles(&app).await, ["Emma"]);

    let lock = WriteLock::acquire(&app.database).await;
    let files: &[&[u8]] = &[b"title\nPersuasion\n"];
    begun_and_dropped(&ann, ann.upload(&import, &map, files)).await;
    lock.release().await;
    eventually("its end", async || (!is_at_work(&ann).await).then_some(())).await;
    assert_eq!(titles(&app).await.len(), 2);
}

#[tokio::test]
async fn a_mutation_whose_time_is_up_keeps_its_place_until_it_ends() {
    let app = TestApp::start_with(&[ONE, "--graphql-timeout-ms=300"]).await;
    let ann = app.signed_in("ann").await;
    let lock = WriteLock::acquire(&app.database).await;

    assert_eq!(ann.query(CREATE).await.error_code(), "TIMEOUT");
    assert!(is_at_work(&ann).await);

    lock.release().await;
    eventually("its end", async || (!is_at_work(&ann).await).then_some(())).await;
    assert_eq!(titles(&app).await, ["Emma"]);
}

type Body = fn() -> Value;

/// A route, what is sent there, and whether it is done, by a statement that returns rows
/// then.
const ROUTES: [(&str, Body, &str); 6] = [
    (
        "sign-up/email",
        || json!({ "name": "bob", "email": "bob@example.com", "password": PASSWORD }),
        r#"select 'x' from "session" s join "user" u on u."id" = s."userId" where u."name" = 'bob'"#,
    ),
    (
        "sign-in/email",
        || json!({ "email": "ann@example.com", "password": PASSWORD }),
        r#"select 'x' from "session" group by "userId" having count(*) > 1"#,
    ),
    (
        "update-user",
        || json!({ "name": "Anne" }),
        r#"select 'x' from "user" where "name" = 'Anne'"#,
    ),
    (
        "change-password",
        || json!({ "currentPassword": PASSWORD, "newPassword": "another password" }),
        r#"select 'x' from "auditEvent" where "action" = 'change-password'"#,
    ),
    (
        "revoke-other-sessions",
        || json!({}),
        r#"select 'x' from "auditEvent" where "action" = 'revoke-sessions'"#,
    ),
    (
        "sign-out",
        || json!({}),
        r#"select 'x' from "auditEvent" e where e."action" = 'sign-out'
            and (select count(*) from "session" s where s."userId" = e."actor") = 0"#,
    ),
];

#[tokio::test]
async fn what_a_client_asks_of_the_authentication_is_done_without_them() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for (route, body, done) in ROUTES {
        // Polled once, it has begun; dropped, it has no client.
        let answered = ann.post_auth(route, body()).now_or_never();
        assert!(answered.is_none(), "{route}");
        let is_done = async || (!app.database.first_column(done).await.is_empty()).then_some(());
        eventually(route, is_done).await;
    }
}

#[tokio::test]
async fn the_end_of_the_server_waits_for_what_was_begun() {
    let database = TestDatabase::create().await;
    let settings = [("GRAPHQL_MAX_CONCURRENT", "1")];
    let server = ServerProcess::start_with(&database, &["serve"], &settings).await;
    let mut ann = server.http();
    ann.sign_up("ann").await;
    let body = json!({ "query": CREATE }).to_string();
    let request = format!(
        "POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        ann.token.as_deref().unwrap(),
        body.len()
    );
    let begin = async || {
        let mut client = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
        client.write_all(request.as_bytes()).await.unwrap();
        client
    };
    let lock = WriteLock::acquire(&database).await;
    let mut client = begin().await;
    eventually("a request that has begun", async || {
        // The server refuses it if it comes while the question below has the only place.
        if client.try_read(&mut [0]).is_ok() {
            client = begin().await;
        }
        let asked = ann.query("{ __typename }").await.status;
        (asked == StatusCode::TOO_MANY_REQUESTS).then_some(())
    })
    .await;

    drop((client, ann));
    server.process.send_signal("TERM");
    let told = async || server.process.stderr().contains("ending").then_some(());
    eventually("the end's beginning", told).await;
    // Nobody is let in any more, and the change still waits.
    let closed = async || TcpStream::connect(("127.0.0.1", server.port)).await.err();
    eventually("a closed door", closed).await;
    lock.release().await;

    let ended = server.process.wait().await;
    assert_eq!(ended.exit_code(), Some(0), "{}", ended.stderr);
    assert!(!ended.stderr.contains("did not finish"), "{}", ended.stderr);
    assert_eq!(database.first_column(r#"select "title" from "book""#).await, ["Emma"]);
}
