//! The fields `me` and `user`.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::rows::BOOK;
use crate::it::support::TestApp;

#[tokio::test]
async fn me_is_null_without_a_session() {
    let app = TestApp::start().await;
    assert_eq!(app.anonymous().query("{ me { id } }").await.data(), json!({ "me": null }));
}

#[tokio::test]
async fn me_is_the_signed_in_user() {
    let app = TestApp::start().await;
    let (ann, _) = (app.signed_in("ann").await, app.signed_in("bob").await);
    let me = ann.query("{ me { id name email emailVerified image role createdAt } }").await.data()
        ["me"]
        .clone();
    assert_eq!(
        me,
        json!({
            "id": me["id"],
            "name": "ann",
            "email": "ann@example.com",
            "emailVerified": false,
            "image": null,
            "role": "user",
            "createdAt": "2026-11-20T12:00:00.000Z",
        })
    );
    assert_eq!(me["id"].as_str().unwrap().len(), 32);
}

#[tokio::test]
async fn me_is_null_after_signing_out() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let cookies = ann.cookies().clone();
    ann.post("/api/auth/sign-out", json!({})).await;
    assert_eq!(ann.query("{ me { id } }").await.data()["me"], Value::Null);
    // A copied cookie is invalid as well.
    *ann.cookies() = cookies;
    assert_eq!(ann.query("{ me { id } }").await.data()["me"], Value::Null);
}

#[tokio::test]
async fn everyone_can_read_the_public_fields_of_a_user() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let id = ann.user_id().await;
    let query = "query($id: ID!) { user(id: $id) {
        id name image createdAt books { title } authors { name }
    } }";
    ann.create_book("Emma").await;
    ann.create_author("Jane Austen").await;
    let response = app.anonymous().graphql(query, json!({ "id": id })).await;
    assert_eq!(
        response.data()["user"],
        json!({
            "id": id,
            "name": "ann",
            "image": null,
            "createdAt": "2026-11-20T12:00:00.000Z",
            "books": [{ "title": "Emma" }],
            "authors": [{ "name": "Jane Austen" }],
        })
    );
}

#[tokio::test]
async fn an_unknown_user_is_null_without_an_error() {
    let app = TestApp::start().await;
    let query = "query($id: ID!) { user(id: $id) { id } }";
    for unknown in ["", "x", "abcdefghijklmnopqrstuvwxyzABCDEF"] {
        let response = app.anonymous().graphql(query, json!({ "id": unknown })).await;
        assert_eq!(response.data()["user"], Value::Null, "{unknown:?}");
    }
}

#[tokio::test]
async fn a_deleted_user_is_not_found_but_still_owns() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    let (id, emma) = (ann.user_id().await, ann.create_book("Emma").await);
    app.database
        .execute(
            r#"update "user" set "deletedAt" = '2026-11-20T12:00:00.000Z' where "name" = 'ann'"#,
        )
        .await;
    let query = "query($id: ID!) { user(id: $id) { id } }";
    assert_eq!(bob.graphql(query, json!({ "id": id })).await.data()["user"], Value::Null);
    assert_eq!(BOOK.find(&bob, &emma).await["owner"]["name"], "ann");
}

#[tokio::test]
async fn a_changed_role_applies_to_the_next_request() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    let emma = ann.create_book("Emma").await;
    for (role, may) in
        [("admin_rw", true), ("admin_ro", false), ("admin_rw", true), ("user", false)]
    {
        app.run_command(&["user", "set-role", "bob@example.com", role]).await.unwrap();
        let me = bob.query("{ me { role } }").await.data()["me"].clone();
        assert_eq!(me["role"], role);
        let response = BOOK.update(&bob, &emma, json!({ "title": role })).await;
        assert_eq!(response.json().get("errors").is_none(), may, "{}", response.text);
    }
}

#[tokio::test]
async fn me_is_null_for_an_expired_session() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    app.clock.advance(TimeDelta::days(7) + TimeDelta::seconds(1));
    assert_eq!(ann.query("{ me { id } }").await.data()["me"], Value::Null);
    let refused = BOOK.create(&ann, json!({ "title": "Emma" })).await;
    assert_eq!(refused.error_code(), "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_graphql_request_extends_the_session() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    assert_eq!(ann.query("{ me { id } }").await.header("set-cookie"), "");
    for _ in 0..3 {
        app.clock.advance(TimeDelta::days(6));
        let response = ann.query("{ me { name } }").await;
        assert_eq!(response.data()["me"]["name"], "ann");
        let cookie = response.header("set-cookie");
        assert!(cookie.starts_with("better-auth.session_token="), "{cookie}");
    }
}
