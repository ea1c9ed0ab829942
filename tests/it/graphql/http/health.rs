//! Whether the process lives, and whether it can do its work.

use serde_json::json;

use super::request;
use crate::it::support::{Backend, TestApp};

#[tokio::test]
async fn a_working_server_lives_and_is_ready() {
    let app = TestApp::start().await;
    for path in ["/healthz", "/readyz"] {
        let answer = app.anonymous().get(path).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({ "status": "ok" })));
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn a_server_without_its_database_lives_but_is_not_ready() {
    let app = TestApp::start().await;
    app.app.db.clone().close().await.unwrap();
    let anyone = app.anonymous();
    assert_eq!(anyone.get("/healthz").await.status.as_u16(), 200);
    let answer = anyone.get("/readyz").await;
    assert_eq!(answer.status.as_u16(), 503);
    assert_eq!(answer.json(), json!({ "status": "database unavailable" }));
}

#[tokio::test]
async fn a_server_whose_database_was_taken_away_is_not_ready() {
    if Backend::current() == Backend::Sqlite {
        return;
    }
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    app.database.take_away().await;
    for _ in 0..3 {
        let answer = ann.get("/readyz").await;
        assert_eq!(answer.status.as_u16(), 503, "{}", answer.text);
    }
    assert_eq!(ann.get("/healthz").await.status.as_u16(), 200);
    let answer = ann.query("{ books { id } }").await;
    assert!(answer.text.contains("INTERNAL_SERVER_ERROR"), "{}", answer.text);
}

#[tokio::test]
async fn health_is_asked_by_get_and_head() {
    let app = TestApp::start().await;
    for path in ["/healthz", "/readyz"] {
        let head = app.anonymous().send(request("HEAD", path, &[], "")).await;
        assert_eq!((head.status.as_u16(), head.text.as_str()), (200, ""));
        let post = app.anonymous().send(request("POST", path, &[], "")).await;
        assert_eq!(post.status.as_u16(), 405);
    }
}
