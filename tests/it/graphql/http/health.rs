//! The probes `/healthz` and `/readyz`.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};

use super::request;
use crate::it::support::{Backend, TestApp, eventually};

#[tokio::test]
async fn a_working_server_is_healthy_and_ready() {
    let app = TestApp::start().await;
    for path in ["/healthz", "/readyz"] {
        let response = app.anonymous().get(path).await;
        assert_eq!((response.status.as_u16(), response.json()), (200, json!({ "status": "ok" })));
        assert_eq!(response.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn a_server_without_its_database_is_healthy_but_not_ready() {
    let app = TestApp::start().await;
    app.app.db.clone().close().await.unwrap();
    let anyone = app.anonymous();
    assert_eq!(anyone.get("/healthz").await.status.as_u16(), 200);
    let response = anyone.get("/readyz").await;
    assert_eq!(response.status.as_u16(), 503);
    let body = json!({ "status": "database unavailable", "failed": ["database.read"] });
    assert_eq!(response.json(), body);
}

/// Returns the response of `/readyz` after the cached one expired.
async fn fresh_readiness(app: &TestApp) -> Value {
    app.clock.advance(TimeDelta::seconds(3));
    let start = Instant::now();
    let response = app.anonymous().get("/readyz").await;
    // The cache lasts a second; a busy machine needs more.
    assert!(start.elapsed() < Duration::from_millis(1_900), "{:?}", start.elapsed());
    let is_ok = response.json()["status"] == "ok";
    assert_eq!(response.status.as_u16(), if is_ok { 200 } else { 503 }, "{}", response.text);
    response.json()["failed"].clone()
}

#[tokio::test]
async fn many_probes_cause_one_write_in_two_seconds() {
    let app = TestApp::start().await;
    let writes =
        async || app.database.first_column(r#"select "writes" || '' from "healthProbe""#).await;
    let requests: Vec<_> = (0..50)
        .map(|_| {
            let anyone = app.anonymous();
            tokio::spawn(async move { anyone.get("/readyz").await.status.as_u16() })
        })
        .collect();
    for response in requests {
        assert_eq!(response.await.unwrap(), 200);
    }
    assert_eq!(writes().await, ["1"]);
    for (millis, expected) in [(1_999, "1"), (1, "2"), (-3_600_000, "3"), (1_000, "3")] {
        app.clock.advance(TimeDelta::milliseconds(millis));
        app.anonymous().get("/readyz").await;
        assert_eq!(writes().await, [expected]);
    }
}

#[tokio::test]
async fn a_disconnected_probe_does_not_cancel_the_check() {
    let app = TestApp::start().await;
    for _ in 0..20 {
        app.clock.advance(TimeDelta::seconds(3));
        let requests = app.anonymous();
        let task = tokio::spawn(async move { requests.get("/readyz").await });
        tokio::task::yield_now().await;
        task.abort();
        assert_eq!(app.anonymous().get("/readyz").await.status.as_u16(), 200);
    }
}

#[tokio::test]
async fn a_database_that_lost_its_tables_is_not_ready() {
    let app = TestApp::start().await;
    app.database.execute(r#"alter table "bookplateMigration" rename to "gone""#).await;
    assert_eq!(fresh_readiness(&app).await, json!(["database.schema"]));
    app.database.execute(r#"alter table "gone" rename to "bookplateMigration""#).await;
    assert_eq!(fresh_readiness(&app).await, Value::Null);
    app.database.execute(r#"drop table "healthProbe""#).await;
    assert_eq!(fresh_readiness(&app).await, json!(["database.write"]));
}

#[tokio::test]
async fn a_locked_database_is_not_ready_until_it_is_unlocked() {
    let app = TestApp::start().await;
    assert_eq!(fresh_readiness(&app).await, Value::Null);
    match Backend::current() {
        Backend::Sqlite => {
            let mut other = SqliteConnection::connect(app.database.url()).await.unwrap();
            other.execute("BEGIN IMMEDIATE").await.unwrap();
            assert_eq!(fresh_readiness(&app).await, json!(["database.write"]));
            other.execute("ROLLBACK").await.unwrap();
        }
        Backend::Postgres => {
            let mut other = PgConnection::connect(app.database.url()).await.unwrap();
            other.execute(r#"BEGIN; LOCK TABLE "healthProbe""#).await.unwrap();
            assert_eq!(fresh_readiness(&app).await, json!(["database.write"]));
            other.execute("ROLLBACK").await.unwrap();
        }
    }
    eventually("what is free again", async || {
        (fresh_readiness(&app).await == Value::Null).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_replaced_database_file_is_not_ready() {
    if Backend::current() == Backend::Postgres {
        return;
    }
    let app = TestApp::start().await;
    assert_eq!(fresh_readiness(&app).await, Value::Null);
    let path = app.database.folder().join("bookplate.db");
    let away = path.with_extension("away");
    std::fs::rename(&path, &away).unwrap();
    assert_eq!(fresh_readiness(&app).await, json!(["database.file"]));
    std::fs::write(&path, "").unwrap();
    assert_eq!(fresh_readiness(&app).await, json!(["database.file"]));
    std::fs::rename(&away, &path).unwrap();
    assert_eq!(fresh_readiness(&app).await, Value::Null);
}

#[tokio::test]
async fn a_read_only_database_is_not_ready() {
    if Backend::current() == Backend::Sqlite {
        return;
    }
    let app = TestApp::start().await;
    let set = async |how: &str| {
        let sql = format!(
            "do $$ begin execute format('alter database %I set default_transaction_read_only = \
             {how}', current_database()); end $$"
        );
        // A read-only role can still change this session setting.
        app.database.execute(&format!("begin read write; {sql}; commit")).await;
        let terminate = "select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()";
        app.database.execute(terminate).await;
    };
    set("on").await;
    eventually("a database that may only be read", async || {
        (fresh_readiness(&app).await == json!(["database.write"])).then_some(())
    })
    .await;
    let output = app.database.bookplate(&["doctor"]).await.stdout;
    assert!(output.contains("is read-only (default_transaction_read_only is on)"), "{output}");
    set("off").await;
    eventually("a database that may be written", async || {
        (fresh_readiness(&app).await == Value::Null).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_server_whose_database_was_dropped_is_not_ready() {
    if Backend::current() == Backend::Sqlite {
        return;
    }
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    app.database.drop_in_use().await;
    for _ in 0..3 {
        let response = ann.get("/readyz").await;
        assert_eq!(response.status.as_u16(), 503, "{}", response.text);
    }
    assert_eq!(ann.get("/healthz").await.status.as_u16(), 200);
    let response = ann.query("{ books { id } }").await;
    assert!(response.text.contains("SERVICE_UNAVAILABLE"), "{}", response.text);
}

#[tokio::test]
async fn probes_accept_get_and_head() {
    let app = TestApp::start().await;
    for path in ["/healthz", "/readyz"] {
        let head = app.anonymous().send(request("HEAD", path, &[], "")).await;
        assert_eq!((head.status.as_u16(), head.text.as_str()), (200, ""));
        let post = app.anonymous().send(request("POST", path, &[], "")).await;
        assert_eq!(post.status.as_u16(), 405);
    }
}
