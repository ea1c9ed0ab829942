//! Sessions: seen, extended, ended.

use axum::{
    body::Body,
    http::{Request, header::USER_AGENT},
};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::it::support::{Client, PASSWORD, SESSION_COOKIE, TestApp};

const EMAIL: &str = "ann@example.com";

/// Ann in another browser.
async fn again(app: &TestApp) -> Client {
    let client = app.anonymous();
    client.sign_in(EMAIL, PASSWORD).await.ok();
    client
}

#[tokio::test]
async fn a_user_sees_where_they_are_signed_in() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    app.signed_in("bob").await;
    let phone = app.anonymous();
    let body = json!({ "email": EMAIL, "password": PASSWORD }).to_string();
    let request = Request::post("/api/auth/sign-in/email")
        .header("content-type", "application/json")
        .header(USER_AGENT, "Phone/1.0");
    app.clock.advance(TimeDelta::seconds(1));
    phone.send(request.body(Body::from(body)).unwrap()).await.ok();

    let sessions = ann.get_auth("list-sessions").await.ok();
    let seen: Vec<_> = sessions.as_array().unwrap().iter().collect();
    assert_eq!(seen.len(), 2);
    assert_eq!((&seen[0]["token"], &seen[0]["userAgent"]), (&json!(ann.token()), &json!("")));
    assert_eq!(seen[1]["userAgent"], "Phone/1.0");
    assert_eq!(seen[1]["token"], phone.token());
    assert!(seen[1]["ipAddress"].is_string());
}

#[tokio::test]
async fn a_revoked_session_ends_at_once_everywhere() {
    let app = TestApp::start().await;
    let (ann, phone) = (app.signed_in("ann").await, again(&app).await);
    let token = phone.token();
    assert_eq!(ann.auth("revoke-session", &[("token", &token)]).await.ok()["status"], true);
    assert!(!phone.is_signed_in().await);
    assert_eq!(phone.session().await, Value::Null);
    phone.copied().get_auth("list-sessions").await.is_refused(401, "UNAUTHORIZED");
    for path in ["/api/auth/get-session", "/graphql?query={me{id}}"] {
        let answer = app.anonymous().bearing(path, &token).await.ok();
        assert!(answer.is_null() || answer["data"]["me"].is_null(), "{answer}");
    }
    assert!(ann.is_signed_in().await);
}

#[tokio::test]
async fn whoever_ends_their_own_session_loses_its_cookies() {
    let app = TestApp::start().await;
    let (ann, phone) = (app.signed_in("ann").await, again(&app).await);
    let answer = ann.auth("revoke-session", &[("token", &phone.token())]).await;
    assert_eq!(answer.set_cookies(), Vec::<&str>::new());
    for (path, tells_token) in [("revoke-session", true), ("revoke-sessions", false)] {
        let page = again(&app).await;
        let token = page.token();
        let fields = [("token", token.as_str())];
        page.auth(path, if tells_token { &fields } else { &[] }).await.ok();
        assert!(page.holds_no_session(), "{path}");
    }
}

#[tokio::test]
async fn nobody_ends_a_session_of_somebody_else() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    let foreign = bob.auth("revoke-session", &[("token", &ann.token())]).await;
    let unknown = bob.auth("revoke-session", &[("token", "x")]).await;
    assert_eq!(foreign.ok(), unknown.ok());
    bob.auth("revoke-other-sessions", &[]).await.ok();
    assert!(ann.is_signed_in().await && bob.is_signed_in().await);
    bob.auth("revoke-sessions", &[]).await.ok();
    assert!(ann.is_signed_in().await && !bob.is_signed_in().await);
    app.anonymous().auth("revoke-sessions", &[]).await.is_refused(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn the_others_are_ended_or_all() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let others = [again(&app).await, again(&app).await];
    ann.auth("revoke-other-sessions", &[]).await.ok();
    assert!(ann.is_signed_in().await);
    for other in &others {
        assert!(!other.is_signed_in().await);
    }
    let other = again(&app).await;
    ann.auth("revoke-sessions", &[]).await.ok();
    assert!(!ann.is_signed_in().await && !other.is_signed_in().await);
}

#[tokio::test]
async fn what_is_sensitive_takes_a_fresh_session() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let account = ann.get_auth("list-accounts").await.ok()[0]["id"].clone();
    app.clock.advance(TimeDelta::days(1) - TimeDelta::milliseconds(1));
    ann.get_auth("list-sessions").await.ok();
    app.clock.advance(TimeDelta::milliseconds(1));
    ann.get_auth("list-sessions").await.is_refused(403, "SESSION_NOT_FRESH");
    let unlink = json!({ "accountId": account });
    ann.post_auth("unlink-account", unlink).await.is_refused(403, "SESSION_NOT_FRESH");
    ann.auth("delete-user", &[]).await.is_refused(400, "SESSION_EXPIRED");
    // Using a session, and extending it, does not make it fresh; signing in does.
    ann.get_auth("list-sessions").await.is_refused(403, "SESSION_NOT_FRESH");
    ann.sign_in(EMAIL, PASSWORD).await.ok();
    ann.get_auth("list-sessions").await.ok();
}

#[tokio::test]
async fn sessions_stay_fresh_where_that_is_set() {
    let app = TestApp::start_with(&["--auth-session-fresh-age", "0"]).await;
    let ann = app.signed_in("ann").await;
    app.clock.advance(TimeDelta::days(6));
    ann.get_auth("list-sessions").await.ok();
}

#[tokio::test]
async fn use_extends_a_session_once_it_is_due() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let day = TimeDelta::days(1);
    app.clock.advance(day - TimeDelta::milliseconds(1));
    let answer = ann.get_auth("get-session").await;
    assert_eq!(answer.json()["session"]["expiresAt"], "2026-11-27T12:00:00.000Z");
    assert!(answer.set_cookies().is_empty() && answer.header("set-auth-token").is_empty());

    app.clock.advance(TimeDelta::milliseconds(1));
    let kept = ann.get_auth("get-session?disableRefresh=true").await;
    assert!(kept.set_cookies().is_empty());
    let answer = ann.get_auth("get-session").await;
    assert_eq!(answer.json()["session"]["expiresAt"], "2026-11-28T12:00:00.000Z");
    let cookie = answer.set_cookies().join("\n");
    assert!(cookie.contains("Max-Age=604800"), "{cookie}");
    assert!(answer.header("set-auth-token").starts_with(&format!("{}.", ann.token())));
    assert!(ann.get_auth("get-session").await.set_cookies().is_empty());
}

#[tokio::test]
async fn any_answer_tells_of_the_extension() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    app.clock.advance(TimeDelta::days(2));
    let refused = ann.auth("delete-user", &[]).await;
    refused.is_refused(400, "SESSION_EXPIRED");
    assert!(refused.set_cookies()[0].starts_with(SESSION_COOKIE));
    assert!(!refused.header("set-auth-token").is_empty());
    assert!(refused.header("access-control-expose-headers").contains("set-auth-token"));
}

#[tokio::test]
async fn sessions_are_not_extended_where_that_is_off() {
    let app = TestApp::start_with(&["--auth-disable-session-refresh", "true"]).await;
    let ann = app.signed_in("ann").await;
    app.clock.advance(TimeDelta::days(6));
    assert!(ann.get_auth("get-session").await.set_cookies().is_empty());
    app.clock.advance(TimeDelta::days(1) + TimeDelta::milliseconds(1));
    assert!(!ann.is_signed_in().await);
}

#[tokio::test]
async fn a_session_ends_when_it_was_set_to() {
    let app = TestApp::start_with(&["--auth-session-expires-in", "5"]).await;
    let ann = app.signed_in("ann").await;
    let kept = ann.copied();
    app.clock.advance(TimeDelta::seconds(5));
    assert!(ann.copied().is_signed_in().await);
    app.clock.advance(TimeDelta::milliseconds(1));
    let answer = ann.get_auth("get-session").await;
    assert_eq!(answer.text, "null");
    assert_eq!(answer.set_cookies().len(), 3);
    assert!(ann.holds_no_session());
    assert!(!kept.is_signed_in().await);
    assert!(app.database.column(r#"select "id" from "session""#).await.is_empty());
}

#[tokio::test]
async fn a_session_that_is_not_remembered_lasts_a_day_and_is_not_extended() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    let ann = app.anonymous();
    let body = json!({ "email": EMAIL, "password": PASSWORD, "rememberMe": false });
    let answer = ann.post_auth("sign-in/email", body).await;
    let cookies = answer.set_cookies();
    assert_eq!(cookies.len(), 3);
    assert!(cookies[1].starts_with("better-auth.dont_remember=true."), "{cookies:?}");
    assert!(cookies.iter().all(|cookie| !cookie.contains("Max-Age")), "{cookies:?}");

    app.clock.advance(TimeDelta::hours(24));
    let answer = ann.get_auth("get-session").await;
    assert_eq!(answer.json()["session"]["expiresAt"], "2026-11-21T12:00:00.000Z");
    assert!(answer.set_cookies().is_empty());
    app.clock.advance(TimeDelta::milliseconds(1));
    assert!(!ann.is_signed_in().await);
}

#[tokio::test]
async fn a_page_that_is_to_be_remembered_again_forgets_that_it_was_not() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    let ann = app.anonymous();
    let body = json!({ "email": EMAIL, "password": PASSWORD, "rememberMe": false });
    ann.post_auth("sign-in/email", body).await.ok();
    ann.sign_in(EMAIL, PASSWORD).await.ok();
    app.clock.advance(TimeDelta::days(2));
    let extended = ann.get_auth("get-session").await;
    assert_eq!(extended.json()["session"]["expiresAt"], "2026-11-29T12:00:00.000Z");
}

#[tokio::test]
async fn a_session_has_no_field_to_update() {
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
    app.anonymous().post_auth("update-session", json!({})).await.is_refused(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn signing_out_ends_the_session_and_takes_the_cookies() {
    let app = TestApp::start().await;
    let (ann, other) = (app.signed_in("ann").await, again(&app).await);
    let kept = ann.copied();
    let answer = ann.auth("sign-out", &[]).await;
    assert_eq!(answer.ok(), json!({ "success": true }));
    assert!(ann.holds_no_session());
    assert!(!kept.is_signed_in().await && other.is_signed_in().await);
    assert_eq!(app.anonymous().auth("sign-out", &[]).await.ok(), json!({ "success": true }));
}
