//! The session in a cookie: `get-session` may answer from it, and nothing else.

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::it::support::{Client, PASSWORD, TestApp};

const DATA: &str = "better-auth.session_data";
const FORMATS: [&str; 3] = ["compact", "jwt", "jwe"];

async fn start(format: &str) -> TestApp {
    TestApp::start_with(&["--auth-cookie-cache", format]).await
}

/// Ends every session behind the server's back.
async fn end_all(app: &TestApp) {
    app.database.execute(r#"delete from "session""#).await;
}

async fn by_database(client: &Client) -> Value {
    client.duplicate().get_auth("get-session?disableCookieCache=true").await.expect_ok()
}

#[tokio::test]
async fn the_cache_answers_until_its_end_and_for_nothing_else() {
    for format in FORMATS {
        let app = start(format).await;
        let ann = app.signed_in("ann").await;
        let account = ann.get_auth("list-accounts").await.expect_ok()[0]["id"].clone();
        let fresh = ann.session().await;
        end_all(&app).await;

        app.clock.advance(TimeDelta::seconds(299));
        assert_eq!(ann.session().await, fresh, "{format}");
        assert_eq!(by_database(&ann).await, Value::Null);
        // Whoever does something is looked up.
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
async fn the_cache_alone_is_nobodys() {
    for format in FORMATS {
        let app = start(format).await;
        let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
        let data = ann.cookies()[DATA].clone();
        let alone = app.anonymous();
        alone.cookies().insert(DATA.to_owned(), data.clone());
        assert_eq!(alone.session().await, Value::Null, "{format}");
        // With somebody else's token it is void.
        bob.cookies().insert(DATA.to_owned(), data);
        assert_eq!(bob.session().await["user"]["name"], "bob", "{format}");
    }
}

#[tokio::test]
async fn a_cache_of_another_version_or_form_counts_nothing() {
    for format in FORMATS {
        let app = start(format).await;
        let ann = app.signed_in("ann").await;
        end_all(&app).await;
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
async fn a_changed_cache_counts_nothing() {
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
            // Answered from the database, and the cache is made anew.
            assert_eq!(client.session().await["user"]["name"], "ann");
            assert_ne!(client.cookies()[DATA], bad, "{format}");
        }
    }
}

#[tokio::test]
async fn what_changes_is_seen_at_once_by_who_changed_it() {
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
async fn a_long_cache_comes_in_pieces() {
    for format in FORMATS {
        let app = start(format).await;
        let ann = app.signed_in("ann").await;
        let image = format!("https://example.com/{}", "x".repeat(7_000));
        ann.post_auth_strings("update-user", &[("image", &image)]).await.expect_ok();
        let names: Vec<_> =
            ann.cookies().keys().filter(|name| name.contains("data")).cloned().collect();
        assert!(names.len() >= 2 && names[0] == format!("{DATA}.0"), "{format}: {names:?}");
        assert!(ann.cookies().values().all(|value| value.len() < 4_050));

        let kept = ann.duplicate();
        end_all(&app).await;
        assert_eq!(ann.session().await["user"]["image"], image, "{format}");
        // A piece less is no cache.
        kept.cookies().remove(&names[1]);
        assert_eq!(kept.session().await, Value::Null);
    }
}

#[tokio::test]
async fn pieces_go_when_the_cache_is_short_again() {
    let app = start("compact").await;
    let ann = app.signed_in("ann").await;
    let image = "x".repeat(9_000);
    ann.post_auth_strings("update-user", &[("image", &image)]).await.expect_ok();
    let response = ann.post_auth("update-user", json!({ "image": null })).await;
    assert_eq!(response.status, StatusCode::OK);
    let names: Vec<_> =
        ann.cookies().keys().filter(|name| name.contains("data")).cloned().collect();
    assert_eq!(names, [DATA]);
    end_all(&app).await;
    assert_eq!(ann.session().await["user"]["image"], Value::Null);
}
