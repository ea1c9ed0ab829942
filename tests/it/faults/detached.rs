//! Requests in progress are completed after their client disconnects.

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
const ONE_CONCURRENT: &str = "--graphql-max-concurrent=1";

/// Returns whether the user's only permit is in use.
async fn is_busy(client: &Client) -> bool {
    client.query("{ __typename }").await.status == StatusCode::TOO_MANY_REQUESTS
}

/// Returns the titles of all books.
async fn titles(app: &TestApp) -> Vec<String> {
    app.database.first_column(r#"select "title" from "book""#).await
}

/// Polls a request that waits for a lock, and drops it.
async fn start_and_drop(client: &Client, request: impl Future<Output = Response>) {
    let mut request = pin!(request);
    eventually("a request that has begun", async || {
        assert!(request.as_mut().now_or_never().is_none(), "the request did not wait for the lock");
        is_busy(client).await.then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_mutation_continues_without_its_client_and_holds_its_permit() {
    let app = TestApp::start_with(&[ONE_CONCURRENT]).await;
    let ann = app.signed_in("ann").await;
    let import = json!({ "query": IMPORT, "variables": { "file": null } });
    let map = json!({ "0": ["variables.file"] });

    let lock = WriteLock::acquire(&app.database).await;
    start_and_drop(&ann, ann.query(CREATE)).await;
    assert!(is_busy(&ann).await);
    lock.release().await;
    eventually("its end", async || (!is_busy(&ann).await).then_some(())).await;
    assert_eq!(titles(&app).await, ["Emma"]);

    let lock = WriteLock::acquire(&app.database).await;
    let files: &[&[u8]] = &[b"title\nPersuasion\n"];
    start_and_drop(&ann, ann.upload(&import, &map, files)).await;
    lock.release().await;
    eventually("its end", async || (!is_busy(&ann).await).then_some(())).await;
    assert_eq!(titles(&app).await.len(), 2);
}

#[tokio::test]
async fn a_mutation_over_its_time_limit_holds_its_permit_until_it_ends() {
    let app = TestApp::start_with(&[ONE_CONCURRENT, "--graphql-timeout-ms=300"]).await;
    let ann = app.signed_in("ann").await;
    let lock = WriteLock::acquire(&app.database).await;

    assert_eq!(ann.query(CREATE).await.error_code(), "TIMEOUT");
    assert!(is_busy(&ann).await);

    lock.release().await;
    eventually("its end", async || (!is_busy(&ann).await).then_some(())).await;
    assert_eq!(titles(&app).await, ["Emma"]);
}

type Body = fn() -> Value;

/// Routes with a body, and a statement that returns rows once the request is done.
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
async fn authentication_requests_continue_without_their_client() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    for (route, body, done) in ROUTES {
        // One poll starts the request; dropping it disconnects the client.
        let answered = ann.post_auth(route, body()).now_or_never();
        assert!(answered.is_none(), "{route}");
        let is_done = async || (!app.database.first_column(done).await.is_empty()).then_some(());
        eventually(route, is_done).await;
    }
}

#[tokio::test]
async fn shutdown_waits_for_requests_in_progress() {
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
        // The server refuses the request if it arrives while the query below holds the only permit.
        if client.try_read(&mut [0]).is_ok() {
            client = begin().await;
        }
        let status = ann.query("{ __typename }").await.status;
        (status == StatusCode::TOO_MANY_REQUESTS).then_some(())
    })
    .await;

    drop((client, ann));
    server.process.send_signal("TERM");
    let announced = async || server.process.stderr().contains("ending").then_some(());
    eventually("the end's beginning", announced).await;
    // New connections are refused, and the mutation still waits.
    let closed = async || TcpStream::connect(("127.0.0.1", server.port)).await.err();
    eventually("a closed door", closed).await;
    lock.release().await;

    let ended = server.process.wait().await;
    assert_eq!(ended.exit_code(), Some(0), "{}", ended.stderr);
    assert!(!ended.stderr.contains("did not finish"), "{}", ended.stderr);
    assert_eq!(database.first_column(r#"select "title" from "book""#).await, ["Emma"]);
}
