//! Listing, extending and ending sessions.

use axum::{
    body::Body,
    http::{Request, header::USER_AGENT},
};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::it::support::{Client, PASSWORD, SESSION_COOKIE, TestApp};

const EMAIL: &str = "ann@example.com";

/// Signs Ann in in another browser.
async fn sign_in_elsewhere(app: &TestApp) -> Client {
    let client = app.anonymous();
    client.sign_in(EMAIL, PASSWORD).await.expect_ok();
    client
}

#[tokio::test]
async fn list_sessions_returns_the_users_sessions() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    app.signed_in("bob").await;
    let phone = app.anonymous();
    let body = json!({ "email": EMAIL, "password": PASSWORD }).to_string();
    let request = Request::post("/api/auth/sign-in/email")
        .header("content-type", "application/json")
        .header(USER_AGENT, "Phone/1.0");
    app.clock.advance(TimeDelta::seconds(1));
    phone.send(request.body(Body::from(body)).unwrap()).await.expect_ok();

    let sessions = ann.get_auth("list-sessions").await.expect_ok();
    let seen: Vec<_> = sessions.as_array().unwrap().iter().collect();
    assert_eq!(seen.len(), 2);
    assert_eq!(
        (&seen[0]["token"], &seen[0]["userAgent"]),
        (&json!(ann.session_token()), &json!(""))
    );
    assert_eq!(seen[1]["userAgent"], "Phone/1.0");
    assert_eq!(seen[1]["token"], phone.session_token());
    assert!(seen[1]["ipAddress"].is_string());
}

#[tokio::test]
async fn a_revoked_session_ends_at_once() {
    let app = TestApp::start().await;
    let (ann, phone) = (app.signed_in("ann").await, sign_in_elsewhere(&app).await);
    let token = phone.session_token();
    assert_eq!(
        ann.post_auth_strings("revoke-session", &[("token", &token)]).await.expect_ok()["status"],
        true
    );
    assert!(!phone.is_signed_in().await);
    assert_eq!(phone.session().await, Value::Null);
    phone.duplicate().get_auth("list-sessions").await.assert_error(401, "UNAUTHORIZED");
    for path in ["/api/auth/get-session", "/graphql?query={me{id}}"] {
        let response = app.anonymous().get_with_bearer(path, &token).await.expect_ok();
        assert!(response.is_null() || response["data"]["me"].is_null(), "{response}");
    }
    assert!(ann.is_signed_in().await);
}

#[tokio::test]
async fn revoking_the_own_session_removes_its_cookies() {
    let app = TestApp::start().await;
    let (ann, phone) = (app.signed_in("ann").await, sign_in_elsewhere(&app).await);
    let response =
        ann.post_auth_strings("revoke-session", &[("token", &phone.session_token())]).await;
    assert_eq!(response.set_cookies(), Vec::<&str>::new());
    for (path, tells_token) in [("revoke-session", true), ("revoke-sessions", false)] {
        let page = sign_in_elsewhere(&app).await;
        let token = page.session_token();
        let fields = [("token", token.as_str())];
        page.post_auth_strings(path, if tells_token { &fields } else { &[] }).await.expect_ok();
        assert!(page.has_no_session(), "{path}");
    }
}

#[tokio::test]
async fn a_user_cannot_revoke_sessions_of_another_user() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    let response =
        bob.post_auth_strings("revoke-session", &[("token", &ann.session_token())]).await;
    let unknown = bob.post_auth_strings("revoke-session", &[("token", "x")]).await;
    assert_eq!(response.expect_ok(), unknown.expect_ok());
    bob.post_auth_strings("revoke-other-sessions", &[]).await.expect_ok();
    assert!(ann.is_signed_in().await && bob.is_signed_in().await);
    bob.post_auth_strings("revoke-sessions", &[]).await.expect_ok();
    assert!(ann.is_signed_in().await && !bob.is_signed_in().await);
    app.anonymous()
        .post_auth_strings("revoke-sessions", &[])
        .await
        .assert_error(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn revoke_other_sessions_and_revoke_sessions_end_sessions() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let others = [sign_in_elsewhere(&app).await, sign_in_elsewhere(&app).await];
    ann.post_auth_strings("revoke-other-sessions", &[]).await.expect_ok();
    assert!(ann.is_signed_in().await);
    for other in &others {
        assert!(!other.is_signed_in().await);
    }
    let other = sign_in_elsewhere(&app).await;
    ann.post_auth_strings("revoke-sessions", &[]).await.expect_ok();
    assert!(!ann.is_signed_in().await && !other.is_signed_in().await);
}

#[tokio::test]
async fn sensitive_routes_require_a_fresh_session() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let account = ann.get_auth("list-accounts").await.expect_ok()[0]["id"].clone();
    app.clock.advance(TimeDelta::days(1) - TimeDelta::milliseconds(1));
    ann.get_auth("list-sessions").await.expect_ok();
    app.clock.advance(TimeDelta::milliseconds(1));
    ann.get_auth("list-sessions").await.assert_error(403, "SESSION_NOT_FRESH");
    let unlink = json!({ "accountId": account });
    ann.post_auth("unlink-account", unlink).await.assert_error(403, "SESSION_NOT_FRESH");
    ann.post_auth_strings("delete-user", &[]).await.assert_error(400, "SESSION_EXPIRED");
    // Only signing in makes a session fresh; using or extending it does not.
    ann.get_auth("list-sessions").await.assert_error(403, "SESSION_NOT_FRESH");
    ann.sign_in(EMAIL, PASSWORD).await.expect_ok();
    ann.get_auth("list-sessions").await.expect_ok();
}

#[tokio::test]
async fn the_fresh_age_can_be_disabled() {
    let app = TestApp::start_with(&["--auth-session-fresh-age", "0"]).await;
    let ann = app.signed_in("ann").await;
    app.clock.advance(TimeDelta::days(6));
    ann.get_auth("list-sessions").await.expect_ok();
}

#[tokio::test]
async fn using_a_session_extends_it_after_the_update_age() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let day = TimeDelta::days(1);
    app.clock.advance(day - TimeDelta::milliseconds(1));
    let response = ann.get_auth("get-session").await;
    assert_eq!(response.json()["session"]["expiresAt"], "2026-11-27T12:00:00.000Z");
    assert!(response.set_cookies().is_empty() && response.header("set-auth-token").is_empty());

    app.clock.advance(TimeDelta::milliseconds(1));
    let copy = ann.get_auth("get-session?disableRefresh=true").await;
    assert!(copy.set_cookies().is_empty());
    let response = ann.get_auth("get-session").await;
    assert_eq!(response.json()["session"]["expiresAt"], "2026-11-28T12:00:00.000Z");
    let cookie = response.set_cookies().join("\n");
    assert!(cookie.contains("Max-Age=604800"), "{cookie}");
    assert!(response.header("set-auth-token").starts_with(&format!("{}.", ann.session_token())));
    assert!(ann.get_auth("get-session").await.set_cookies().is_empty());
}

#[tokio::test]
async fn every_response_sets_the_extended_cookie() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    app.clock.advance(TimeDelta::days(2));
    let refused = ann.post_auth_strings("delete-user", &[]).await;
    refused.assert_error(400, "SESSION_EXPIRED");
    assert!(refused.set_cookies()[0].starts_with(SESSION_COOKIE));
    assert!(!refused.header("set-auth-token").is_empty());
    assert!(refused.header("access-control-expose-headers").contains("set-auth-token"));
}

#[tokio::test]
async fn session_refresh_can_be_disabled() {
    let app = TestApp::start_with(&["--auth-disable-session-refresh", "true"]).await;
    let ann = app.signed_in("ann").await;
    app.clock.advance(TimeDelta::days(6));
    assert!(ann.get_auth("get-session").await.set_cookies().is_empty());
    app.clock.advance(TimeDelta::days(1) + TimeDelta::milliseconds(1));
    assert!(!ann.is_signed_in().await);
}

#[tokio::test]
async fn a_session_ends_at_its_expiry() {
    let app = TestApp::start_with(&["--auth-session-expires-in", "5"]).await;
    let ann = app.signed_in("ann").await;
    let copy = ann.duplicate();
    app.clock.advance(TimeDelta::seconds(5));
    assert!(ann.duplicate().is_signed_in().await);
    app.clock.advance(TimeDelta::milliseconds(1));
    let response = ann.get_auth("get-session").await;
    assert_eq!(response.text, "null");
    assert_eq!(response.set_cookies().len(), 3);
    assert!(ann.has_no_session());
    assert!(!copy.is_signed_in().await);
    assert!(app.database.first_column(r#"select "id" from "session""#).await.is_empty());
}

#[tokio::test]
async fn a_browser_session_lasts_a_day_and_is_not_extended() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    let ann = app.anonymous();
    let body = json!({ "email": EMAIL, "password": PASSWORD, "rememberMe": false });
    let response = ann.post_auth("sign-in/email", body).await;
    let cookies = response.set_cookies();
    assert_eq!(cookies.len(), 3);
    assert!(cookies[1].starts_with("better-auth.dont_remember=true."), "{cookies:?}");
    assert!(cookies.iter().all(|cookie| !cookie.contains("Max-Age")), "{cookies:?}");

    app.clock.advance(TimeDelta::hours(24));
    let response = ann.get_auth("get-session").await;
    assert_eq!(response.json()["session"]["expiresAt"], "2026-11-21T12:00:00.000Z");
    assert!(response.set_cookies().is_empty());
    app.clock.advance(TimeDelta::milliseconds(1));
    assert!(!ann.is_signed_in().await);
}

#[tokio::test]
async fn a_remembered_sign_in_removes_the_dont_remember_cookie() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    let ann = app.anonymous();
    let body = json!({ "email": EMAIL, "password": PASSWORD, "rememberMe": false });
    ann.post_auth("sign-in/email", body).await.expect_ok();
    ann.sign_in(EMAIL, PASSWORD).await.expect_ok();
    app.clock.advance(TimeDelta::days(2));
    let extended = ann.get_auth("get-session").await;
    assert_eq!(extended.json()["session"]["expiresAt"], "2026-11-29T12:00:00.000Z");
}

#[tokio::test]
async fn update_session_has_no_fields() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let before = ann.session().await;
    let body = json!({ "userId": "x", "token": "y", "expiresAt": "2099-01-01T00:00:00.000Z" });
    let refused = ann.post_auth("update-session", body).await;
    assert_eq!(
        (refused.status.as_u16(), &*refused.text),
        (400, r#"{"message":"No fields to update"}"#)
    );
    assert_eq!(ann.session().await, before);
    app.anonymous().post_auth("update-session", json!({})).await.assert_error(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn signing_out_ends_the_session_and_removes_the_cookies() {
    let app = TestApp::start().await;
    let (ann, other) = (app.signed_in("ann").await, sign_in_elsewhere(&app).await);
    let copy = ann.duplicate();
    let response = ann.post_auth_strings("sign-out", &[]).await;
    assert_eq!(response.expect_ok(), json!({ "success": true }));
    assert!(ann.has_no_session());
    assert!(!copy.is_signed_in().await && other.is_signed_in().await);
    assert_eq!(
        app.anonymous().post_auth_strings("sign-out", &[]).await.expect_ok(),
        json!({ "success": true })
    );
}
