//! Executions that take too long, because somebody holds what they need.

use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};

use super::{CREATE, JSON, RESPONSE_JSON, document, post};
use crate::it::{
    graphql::rows::BOOK,
    support::{Backend, TestApp, WriteLock, eventually},
};

#[tokio::test]
async fn a_mutation_that_takes_too_long_is_answered_and_goes_on() {
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
            refused.error_message().contains("what it changed may be changed"),
            "{}",
            refused.text
        );
        assert!(refused.json().get("data").is_none(), "{}", refused.text);
        assert!(start.elapsed() >= Duration::from_millis(500));
    }
    // Whoever only reads waits for nobody.
    assert_eq!(BOOK.count(&ann).await, 0);
    lock.release().await;
    eventually("both changes", async || (BOOK.count(&ann).await == 2).then_some(())).await;
    BOOK.create(&ann, json!({ "title": "Emma" })).await.data();
    assert_eq!(BOOK.count(&ann).await, 3);
}

#[tokio::test]
async fn a_statement_for_which_nobody_waits_ends() {
    let app = TestApp::start_with(&["--graphql-timeout-ms=1000"]).await;
    if Backend::current() == Backend::Sqlite {
        // There is one lock, and whoever waits for it gives up after 5 seconds.
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
async fn a_statement_that_takes_too_long_is_a_busy_server() {
    let app = TestApp::start_with(&["--graphql-timeout-ms=100"]).await;
    if Backend::current() == Backend::Sqlite {
        return;
    }
    let ann = app.signed_in("ann").await;
    // Who asks is read before a request's time begins.
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
async fn a_mutation_whose_time_is_up_begins_no_further_field() {
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
    // What was begun before the time was up is done, and nothing else is begun.
    eventually("the change that was begun", async || {
        let names = ann.query("{ authors { name } }").await.data();
        (names == json!({ "authors": [{ "name": "Jane" }] })).then_some(())
    })
    .await;
    let second = match Backend::current() {
        // There is one lock for everything, for which the first one waited.
        Backend::Sqlite => "Emma",
        Backend::Postgres => "x",
    };
    let renamed = async || (BOOK.list(&ann, "limit: 100").await == [second]).then_some(());
    eventually("the end of the mutation", renamed).await;
}
