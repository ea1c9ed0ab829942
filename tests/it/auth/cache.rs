//! The session cache in a cookie: only `get-session` reads it.

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::it::support::{Client, PASSWORD, TestApp};

const DATA: &str = "better-auth.session_data";
const FORMATS: [&str; 3] = ["compact", "jwt", "jwe"];

/// Starts an application with this format of the cookie cache.
async fn start(format: &str) -> TestApp {
    TestApp::start_with(&["--auth-cookie-cache", format]).await
}

/// Deletes every session row without the server's knowledge.
async fn delete_all_sessions(app: &TestApp) {
    app.database.execute(r#"delete from "session""#).await;
}

/// Returns the session by `get-session` without the cache.
async fn session_from_database(client: &Client) -> Value {
    client.duplicate().get_auth("get-session?disableCookieCache=true").await.expect_ok()
}

#[tokio::test]
async fn the_cache_answers_only_get_session_until_it_expires() {
    for format in FORMATS {
        let app = start(format).await;
        let ann = app.signed_in("ann").await;
        let account = ann.get_auth("list-accounts").await.expect_ok()[0]["id"].clone();
        let fresh = ann.session().await;
        delete_all_sessions(&app).await;

        app.clock.advance(TimeDelta::seconds(299));
        assert_eq!(ann.session().await, fresh, "{format}");
        assert_eq!(session_from_database(&ann).await, Value::Null);
        // Every other operation reads the database.
        assert_eq!(ann.query("{ me { id } }").await.data()["me"], Value::Null);
        for (route, body) in [
            ("update-user", json!({ "name": "x" })),
            (
                "change-password",
                json!({ "currentPassword": PASSWORD, "newPassword": "x".repeat(9) }),
            ),
            ("verify-password", json!({ "password": PASSWORD })),
            ("change-email", json!({ "newEmail": "eve@example.com" })),
            ("delete-user", json!({ "password": PASSWORD })),
            ("revoke-session", json!({ "token": "x" })),
            ("revoke-sessions", json!({})),
            ("revoke-other-sessions", json!({})),
            ("update-session", json!({})),
            ("unlink-account", json!({ "accountId": account })),
        ] {
            ann.duplicate().post_auth(route, body).await.assert_error(401, "UNAUTHORIZED");
        }
        for route in ["list-sessions", "list-accounts"] {
            ann.duplicate().get_auth(route).await.assert_error(401, "UNAUTHORIZED");
        }
        app.clock.advance(TimeDelta::seconds(if format == "jwe" { 17 } else { 2 }));
        assert_eq!(ann.session().await, Value::Null, "{format}");
    }
}

#[tokio::test]
async fn the_cache_without_its_session_token_signs_nobody_in() {
    for format in FORMATS {
        let app = start(format).await;
        let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
        let data = ann.cookies()[DATA].clone();
        let without_token = app.anonymous();
        without_token.cookies().insert(DATA.to_owned(), data.clone());
        assert_eq!(without_token.session().await, Value::Null, "{format}");
        // The cache of another session is ignored.
        bob.cookies().insert(DATA.to_owned(), data);
        assert_eq!(bob.session().await["user"]["name"], "bob", "{format}");
    }
}

#[tokio::test]
async fn a_cache_of_another_version_or_format_is_ignored() {
    for format in FORMATS {
        let app = start(format).await;
        let ann = app.signed_in("ann").await;
        delete_all_sessions(&app).await;
        assert_ne!(ann.duplicate().session().await, Value::Null);
        let other = if format == "jwt" { "jwe" } else { "jwt" };
        for flags in [
            vec!["--auth-cookie-cache", format, "--auth-cookie-cache-version", "2"],
            vec!["--auth-cookie-cache", other],
            vec![],
        ] {
            let later = app.restart_with(&flags).await;
            let client = later.anonymous();
            client.cookies().clone_from(&ann.cookies());
            assert_eq!(client.session().await, Value::Null, "{format} {flags:?}");
        }
    }
}

#[tokio::test]
async fn a_modified_cache_is_ignored() {
    for format in FORMATS {
        let app = start(format).await;
        let ann = app.signed_in("ann").await;
        let data = ann.cookies()[DATA].clone();
        let middle = data.len() / 2;
        let flipped = if &data[middle..=middle] == "A" { "B" } else { "A" };
        let changed = format!("{}{flipped}{}", &data[..middle], &data[middle + 1..]);
        for bad in
            [changed, data[1..].to_owned(), "x".to_owned(), "e30".to_owned(), "..".to_owned()]
        {
            let client = ann.duplicate();
            client.cookies().insert(DATA.to_owned(), bad.clone());
            // The response comes from the database and sets a new cache.
            assert_eq!(client.session().await["user"]["name"], "ann");
            assert_ne!(client.cookies()[DATA], bad, "{format}");
        }
    }
}

#[tokio::test]
async fn a_client_sees_its_own_changes_at_once() {
    for format in FORMATS {
        let app = start(format).await;
        let ann = app.signed_in("ann").await;
        ann.post_auth_strings("update-user", &[("name", "Ann II")]).await.expect_ok();
        assert_eq!(ann.session().await["user"]["name"], "Ann II", "{format}");
        ann.post_auth_strings("sign-out", &[]).await.expect_ok();
        assert_eq!(ann.session().await, Value::Null);
    }
}

#[tokio::test]
async fn a_long_cache_is_split_into_chunks() {
    for format in FORMATS {
        let app = start(format).await;
        let ann = app.signed_in("ann").await;
        let image = format!("https://example.com/{}", "x".repeat(7_000));
        ann.post_auth_strings("update-user", &[("image", &image)]).await.expect_ok();
        let names: Vec<_> =
            ann.cookies().keys().filter(|name| name.contains("data")).cloned().collect();
        assert!(names.len() >= 2 && names[0] == format!("{DATA}.0"), "{format}: {names:?}");
        assert!(ann.cookies().values().all(|value| value.len() < 4_050));

        let copy = ann.duplicate();
        delete_all_sessions(&app).await;
        assert_eq!(ann.session().await["user"]["image"], image, "{format}");
        // The cache is valid only with all its chunks.
        copy.cookies().remove(&names[1]);
        assert_eq!(copy.session().await, Value::Null);
    }
}

#[tokio::test]
async fn chunks_are_removed_when_the_cache_is_short_again() {
    let app = start("compact").await;
    let ann = app.signed_in("ann").await;
    let image = "x".repeat(9_000);
    ann.post_auth_strings("update-user", &[("image", &image)]).await.expect_ok();
    let response = ann.post_auth("update-user", json!({ "image": null })).await;
    assert_eq!(response.status, StatusCode::OK);
    let names: Vec<_> =
        ann.cookies().keys().filter(|name| name.contains("data")).cloned().collect();
    assert_eq!(names, [DATA]);
    delete_all_sessions(&app).await;
    assert_eq!(ann.session().await["user"]["image"], Value::Null);
}
