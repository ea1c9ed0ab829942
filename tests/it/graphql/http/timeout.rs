//! Timeouts of executions that wait for a lock.

use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};

use super::{CREATE, JSON, RESPONSE_JSON, document, post};
use crate::it::{
    graphql::rows::BOOK,
    support::{Backend, TestApp, WriteLock, eventually},
};

#[tokio::test]
async fn a_mutation_over_its_time_limit_is_answered_and_continues() {
    let app = TestApp::start_with(&["--graphql-timeout-ms=500"]).await;
    let ann = app.signed_in("ann").await;
    let lock = WriteLock::acquire(&app.database).await;
    for (form, status) in [(RESPONSE_JSON, 503), (JSON, 200)] {
        let start = Instant::now();
        let refused = post(&ann, &[("accept", form)], document(CREATE)).await;
        assert_eq!(refused.status.as_u16(), status, "{}", refused.text);
        assert_eq!(refused.error_code(), "TIMEOUT");
        assert!(refused.error_message().contains("500 milliseconds (GRAPHQL_TIMEOUT_MS)"));
        assert!(
            refused.error_message().contains("its changes may have been made"),
            "{}",
            refused.text
        );
        assert!(refused.json().get("data").is_none(), "{}", refused.text);
        assert!(start.elapsed() >= Duration::from_millis(500));
    }
    // Queries do not wait for the lock.
    assert_eq!(BOOK.count(&ann).await, 0);
    lock.release().await;
    eventually("both changes", async || (BOOK.count(&ann).await == 2).then_some(())).await;
    BOOK.create(&ann, json!({ "title": "Emma" })).await.data();
    assert_eq!(BOOK.count(&ann).await, 3);
}

#[tokio::test]
async fn a_statement_of_a_disconnected_client_ends() {
    let app = TestApp::start_with(&["--graphql-timeout-ms=1000"]).await;
    if Backend::current() == Backend::Sqlite {
        // SQLite has one lock, and waiting for it ends after 5 seconds.
        return;
    }
    let ann = app.signed_in("ann").await;
    let lock = WriteLock::acquire(&app.database).await;
    assert_eq!(post(&ann, &[], document(CREATE)).await.error_code(), "TIMEOUT");
    let waiting = "select count(*)::text from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'";
    assert_eq!(app.database.first_column(waiting).await, ["1"]);
    eventually("the end of the statement", async || {
        let waiting = app.database.first_column(waiting).await;
        Some(()).filter(|()| waiting == ["0"])
    })
    .await;
    lock.release().await;
    assert_eq!(BOOK.count(&ann).await, 0);
}

#[tokio::test]
async fn a_statement_over_its_time_limit_returns_unavailable() {
    let app = TestApp::start_with(&["--graphql-timeout-ms=100"]).await;
    if Backend::current() == Backend::Sqlite {
        return;
    }
    let ann = app.signed_in("ann").await;
    // The session is read before the time limit of the request begins.
    let mut server = PgConnection::connect(app.database.url()).await.unwrap();
    server.execute("begin").await.unwrap();
    server.execute(r#"lock table "session" in access exclusive mode"#).await.unwrap();
    let refused = post(&ann, &[], document("{ me { id } }")).await;
    assert_eq!(
        (refused.status.as_u16(), refused.error_code().as_str()),
        (503, "SERVICE_UNAVAILABLE")
    );
    assert!(!refused.text.contains("statement"), "{}", refused.text);
    server.execute("rollback").await.unwrap();
    ann.query("{ me { id } }").await.data();
}

#[tokio::test]
async fn a_mutation_over_its_time_limit_begins_no_further_field() {
    let app = TestApp::start_with(&["--graphql-timeout-ms=500"]).await;
    let ann = app.signed_in("ann").await;
    let emma = ann.create_book("Emma").await;
    let text = format!(
        "mutation {{ a: createAuthor(input: {{ name: \"Jane\" }}) {{ id }}
            b: updateBook(id: \"{emma}\", input: {{ title: \"x\" }}) {{ id }} }}"
    );
    let lock = WriteLock::acquire(&app.database).await;
    assert_eq!(post(&ann, &[], document(&text)).await.error_code(), "TIMEOUT");
    lock.release().await;
    // The running field is completed; no further field begins.
    eventually("the change that was begun", async || {
        let names = ann.query("{ authors { name } }").await.data();
        (names == json!({ "authors": [{ "name": "Jane" }] })).then_some(())
    })
    .await;
    let second = match Backend::current() {
        // SQLite has one lock, for which the first field waited.
        Backend::Sqlite => "Emma",
        Backend::Postgres => "x",
    };
    let renamed = async || (BOOK.list(&ann, "limit: 100").await == [second]).then_some(());
    eventually("the end of the mutation", renamed).await;
}
