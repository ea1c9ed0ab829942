//! Executions that take too long, because somebody holds what they need.

use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};

use super::{CREATE, JSON, RESPONSE_JSON, document, post};
use crate::it::{
    graphql::rows::BOOK,
    support::{Backend, TestApp, TestDatabase, eventually},
};

/// Somebody else's transaction, for which every write of a book waits.
pub(super) enum Lock {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Lock {
    pub(super) async fn take(database: &TestDatabase) -> Self {
        match Backend::current() {
            Backend::Sqlite => {
                let mut file = SqliteConnection::connect(database.url()).await.unwrap();
                file.execute("begin immediate").await.unwrap();
                Self::Sqlite(file)
            }
            Backend::Postgres => {
                let mut server = PgConnection::connect(database.url()).await.unwrap();
                server.execute("begin").await.unwrap();
                server.execute(r#"lock table "book" in share row exclusive mode"#).await.unwrap();
                Self::Postgres(server)
            }
        }
    }

    pub(super) async fn release(self) {
        match self {
            Self::Sqlite(mut file) => {
                file.execute("rollback").await.unwrap();
            }
            Self::Postgres(mut server) => {
                server.execute("rollback").await.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn a_mutation_that_takes_too_long_leaves_nothing() {
    let app = TestApp::start_with(&["--graphql-timeout-ms=2000"]).await;
    let ann = app.signed_in("ann").await;
    let lock = Lock::take(&app.database).await;
    for (form, status) in [(RESPONSE_JSON, 503), (JSON, 200)] {
        let start = Instant::now();
        let refused = post(&ann, &[("accept", form)], document(CREATE)).await;
        assert_eq!(refused.status.as_u16(), status, "{}", refused.text);
        assert_eq!(refused.code(), "TIMEOUT");
        assert!(refused.message().contains("2000 milliseconds (GRAPHQL_TIMEOUT_MS)"));
        assert!(refused.message().contains("what it changed may be changed"), "{}", refused.text);
        assert!(refused.json().get("data").is_none(), "{}", refused.text);
        assert!(start.elapsed() >= Duration::from_secs(2));
    }
    // Whoever only reads waits for nobody.
    assert_eq!(BOOK.count(&ann).await, 0);
    lock.release().await;
    BOOK.create(&ann, json!({ "title": "Emma" })).await.data();
    assert_eq!(BOOK.list(&ann, "limit: 100").await, ["Emma"]);
}

#[tokio::test]
async fn a_statement_for_which_nobody_waits_ends() {
    let app = TestApp::start_with(&["--graphql-timeout-ms=1000"]).await;
    if Backend::current() == Backend::Sqlite {
        // There is one lock, and whoever waits for it gives up after 5 seconds.
        return;
    }
    let ann = app.signed_in("ann").await;
    let lock = Lock::take(&app.database).await;
    assert_eq!(post(&ann, &[], document(CREATE)).await.code(), "TIMEOUT");
    let waiting = "select count(*)::text from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'";
    assert_eq!(app.database.column(waiting).await, ["1"]);
    eventually("the end of the statement", async || {
        let waiting = app.database.column(waiting).await;
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
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (503, "SERVICE_UNAVAILABLE"));
    assert!(!refused.text.contains("statement"), "{}", refused.text);
    server.execute("rollback").await.unwrap();
    ann.query("{ me { id } }").await.data();
}

#[tokio::test]
async fn each_field_of_a_mutation_stands_for_itself_when_time_is_up() {
    let app = TestApp::start_with(&["--graphql-timeout-ms=2000"]).await;
    let ann = app.signed_in("ann").await;
    let emma = ann.create_book("Emma").await;
    let text = format!(
        "mutation {{ a: createAuthor(input: {{ name: \"Jane\" }}) {{ id }}
            b: updateBook(id: \"{emma}\", input: {{ title: \"x\" }}) {{ id }} }}"
    );
    if Backend::current() == Backend::Sqlite {
        // There is one lock for everything, so nothing of it was done.
        let lock = Lock::take(&app.database).await;
        assert_eq!(post(&ann, &[], document(&text)).await.code(), "TIMEOUT");
        lock.release().await;
        ann.create_author("Charlotte").await;
        let names = ann.query("{ authors { name } }").await.data();
        assert_eq!(names, json!({ "authors": [{ "name": "Charlotte" }] }));
    } else {
        let lock = Lock::take(&app.database).await;
        assert_eq!(post(&ann, &[], document(&text)).await.code(), "TIMEOUT");
        lock.release().await;
        // What was done before stays: the message does not promise otherwise.
        let names = ann.query("{ authors { name } }").await.data();
        assert_eq!(names, json!({ "authors": [{ "name": "Jane" }] }));
    }
    assert_eq!(BOOK.list(&ann, "limit: 100").await, ["Emma"]);
}
