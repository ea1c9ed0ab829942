//! Passing a session on with a token that works once.

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::it::support::{Client, PASSWORD, Response, TestApp};

const ON: &str = "--auth-plugins=one-time-token";

async fn start() -> TestApp {
    TestApp::start_with(&[ON]).await
}

async fn generate(client: &Client) -> String {
    let answer = client.get_auth("one-time-token/generate").await.expect_ok();
    answer["token"].as_str().unwrap().to_owned()
}

async fn verify(client: &Client, token: &str) -> Response {
    client.post_auth("one-time-token/verify", json!({ "token": token })).await
}

/// Asserts a refusal, which has no code in better-auth.
#[track_caller]
fn assert_refused(response: &Response, message: &str) {
    assert_eq!(response.status.as_u16(), 400, "{}", response.text);
    assert_eq!(response.json(), json!({ "message": message }));
}

#[tokio::test]
async fn a_token_passes_the_session_on_once() {
    let app = start().await;
    let ann = app.signed_in("ann").await;
    let token = generate(&ann).await;
    assert_eq!(token.len(), 32);
    let other = app.anonymous();
    let answer = verify(&other, &token).await.expect_ok();
    assert_eq!(answer["session"]["token"], ann.session_token());
    assert_eq!(answer["user"]["name"], "ann");
    assert_eq!(other.session_token(), ann.session_token());
    assert!(other.is_signed_in().await);
    assert_refused(&verify(&app.anonymous(), &token).await, "Invalid token");
}

#[tokio::test]
async fn of_many_uses_at_once_one_succeeds() {
    let app = start().await;
    let ann = app.signed_in("ann").await;
    let token = generate(&ann).await;
    let uses = (0..20).map(|_| async { verify(&app.anonymous(), &token).await.status.as_u16() });
    let statuses = join_all(uses).await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 400].contains(status)), "{statuses:?}");
}

#[tokio::test]
async fn a_token_expires_after_three_minutes() {
    let app = start().await;
    let ann = app.signed_in("ann").await;
    let (first, second) = (generate(&ann).await, generate(&ann).await);
    app.clock.advance(TimeDelta::seconds(179));
    verify(&app.anonymous(), &first).await.expect_ok();
    app.clock.advance(TimeDelta::seconds(2));
    assert_refused(&verify(&app.anonymous(), &second).await, "Invalid token");
}

#[tokio::test]
async fn a_token_of_an_ended_session_is_refused() {
    let app = TestApp::start_with(&[ON, "--auth-one-time-token-expires-in=1440"]).await;
    let ann = app.signed_in("ann").await;
    let token = generate(&ann).await;
    ann.post_auth("sign-out", json!({})).await.expect_ok();
    assert_refused(&verify(&app.anonymous(), &token).await, "Session not found");

    ann.sign_in("ann@example.com", PASSWORD).await.expect_ok();
    let token = generate(&ann).await;
    let end = r#"update "session" set "expiresAt" = "createdAt""#;
    app.database.execute(end).await;
    app.clock.advance(TimeDelta::seconds(1));
    let client = app.anonymous();
    let refused = verify(&client, &token).await;
    assert_refused(&refused, "Session expired");
    assert!(refused.set_cookies().is_empty());

    ann.sign_in("ann@example.com", PASSWORD).await.expect_ok();
    let token = generate(&ann).await;
    app.database.execute(r#"update "user" set "banned" = true"#).await;
    assert_refused(&verify(&app.anonymous(), &token).await, "Session not found");
}

/// A session exists only after the second factor was given, so a token cannot be made before.
#[tokio::test]
async fn a_challenge_gives_no_token() {
    let flags = [
        "--auth-plugins=one-time-token,two-factor",
        "--auth-one-time-token-set-ott-header-on-new-session=true",
    ];
    let app = TestApp::start_with(&flags).await;
    app.signed_in("ann").await;
    app.database.execute(r#"update "user" set "twoFactorEnabled" = true"#).await;
    let client = app.anonymous();
    let response = client.sign_in("ann@example.com", PASSWORD).await;
    assert_eq!(response.expect_ok()["twoFactorRedirect"], true);
    assert!(!response.headers.contains_key("set-ott"));
    client.get_auth("one-time-token/generate").await.assert_error(401, "UNAUTHORIZED");
}

async fn stored(app: &TestApp) -> Vec<String> {
    let sql = r#"select "identifier" || ' ' || "value" from "verification""#;
    app.database.first_column(sql).await
}

#[tokio::test]
async fn tokens_are_stored_as_by_better_auth() {
    let app = start().await;
    let ann = app.signed_in("ann").await;
    let token = generate(&ann).await;
    let session = ann.session_token();
    assert_eq!(stored(&app).await, [format!("one-time-token:{token} {session}")]);
    verify(&ann, &token).await.expect_ok();

    let app = app.restart_with(&[ON, "--auth-one-time-token-store-token=hashed"]).await;
    let client = app.anonymous();
    client.cookies().clone_from(&ann.cookies());
    let token = generate(&client).await;
    let rows = stored(&app).await;
    assert!(!rows[0].contains(&token), "{rows:?}");
    assert_refused(&verify(&app.anonymous(), &rows[0][15..58]).await, "Invalid token");
    verify(&app.anonymous(), &token).await.expect_ok();
    // SHA-256 in base64url without padding, as better-auth's row of this token.
    let row = format!(
        r#"insert into "verification" ("id", "identifier", "value", "expiresAt", "createdAt", "updatedAt")
            select 'x', 'one-time-token:2CF24dba5-x', "token", "expiresAt", "createdAt", "createdAt"
            from "session" where "token" = '{session}'"#
    )
    .replace("2CF24dba5-x", "LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ");
    app.database.execute(&row).await;
    verify(&app.anonymous(), "hello").await.expect_ok();
}

#[tokio::test]
async fn settings_close_the_route_or_set_no_cookie() {
    let app = start().await;
    let ann = app.signed_in("ann").await;
    let flags = [
        ON,
        "--auth-one-time-token-disable-client-request=true",
        "--auth-one-time-token-disable-set-session-cookie=true",
    ];
    let strict = app.restart_with(&flags).await;
    let client = strict.anonymous();
    client.cookies().clone_from(&ann.cookies());
    let refused = client.get_auth("one-time-token/generate").await;
    assert_refused(&refused, "Client requests are disabled");
    let token = generate(&ann).await;
    let other = strict.anonymous();
    let response = verify(&other, &token).await;
    assert_eq!(response.expect_ok()["user"]["name"], "ann");
    assert!(response.set_cookies().is_empty());
}

#[tokio::test]
async fn a_sign_in_has_a_token_in_its_header_where_a_setting_says_so() {
    let flags = [ON, "--auth-one-time-token-set-ott-header-on-new-session=true"];
    let app = TestApp::start_with(&flags).await;
    let client = app.anonymous();
    let response = client.sign_up("ann").await;
    let token = response.header("set-ott").to_owned();
    assert!(response.header("access-control-expose-headers").contains("set-ott"));
    let other = app.anonymous();
    let response = verify(&other, &token).await;
    assert_eq!(response.expect_ok()["session"]["token"], client.session_token());
    let app = start().await;
    let response = app.anonymous().sign_up("ann").await;
    assert!(!response.headers.contains_key("set-ott"));
}

#[tokio::test]
async fn a_session_of_a_browser_stays_one_of_a_browser() {
    let app = start().await;
    app.signed_in("ann").await;
    let ann = app.anonymous();
    let body = json!({ "email": "ann@example.com", "password": PASSWORD, "rememberMe": false });
    ann.post_auth("sign-in/email", body).await.expect_ok();
    let response = verify(&app.anonymous(), &generate(&ann).await).await;
    let lines = response.set_cookies();
    assert!(lines.iter().all(|line| !line.contains("Max-Age")), "{lines:?}");
}

#[tokio::test]
async fn a_guest_who_uses_a_token_keeps_what_they_own() {
    let app = TestApp::start_with(&["--auth-plugins=one-time-token,anonymous,multi-session"]).await;
    let ann = app.signed_in("ann").await;
    let token = generate(&ann).await;
    let guest = app.anonymous();
    guest.post_auth("sign-in/anonymous", json!({})).await.expect_ok();
    guest.create_book("Emma").await;
    verify(&guest, &token).await.expect_ok();
    let owners = app.database.first_column(r#"select "userId" from "book""#).await;
    assert_eq!(owners, [ann.user_id().await]);
    let list = guest.get_auth("multi-session/list-device-sessions").await.expect_ok();
    assert_eq!(list.as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn requests_without_a_session_or_from_other_sites_are_refused() {
    let app = start().await;
    let client = app.anonymous();
    client.get_auth("one-time-token/generate").await.assert_error(401, "UNAUTHORIZED");
    for token in ["", "x", "\0", &"x".repeat(10_000)] {
        let response = verify(&client, token).await;
        assert_eq!(response.status.as_u16(), 400, "{}", response.text);
    }
    client
        .post_auth("one-time-token/verify", json!({}))
        .await
        .assert_error(400, "VALIDATION_ERROR");
    let token = generate(&app.signed_in("ann").await).await;
    let headers = [("origin", "https://evil.example")];
    let body: Value = json!({ "token": token });
    let path = "/api/auth/one-time-token/verify";
    let refused = client.post_with_headers(path, &headers, body).await;
    refused.assert_error(403, "INVALID_ORIGIN");
    let app = TestApp::start().await;
    let off = app.signed_in("ann").await.get_auth("one-time-token/generate").await;
    assert_eq!(off.status.as_u16(), 404);
}
