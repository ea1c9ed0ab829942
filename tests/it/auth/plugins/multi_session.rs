//! Several signed-in users in one browser.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::it::support::{Client, PASSWORD, Response, SESSION_COOKIE, TestApp};

const ON: &str = "--auth-plugins=multi-session";
const MULTI: &str = "better-auth.session_token_multi-";
const BOB: &str = "bob@example.com";

async fn start() -> TestApp {
    TestApp::start_with(&[ON]).await
}

/// The names of the users of a browser's sessions.
async fn names(client: &Client) -> Vec<String> {
    let list = client.get_auth("multi-session/list-device-sessions").await.expect_ok();
    let name = |one: &Value| one["user"]["name"].as_str().unwrap().to_owned();
    let mut names: Vec<_> = list.as_array().unwrap().iter().map(name).collect();
    names.sort();
    names
}

async fn current_name(client: &Client) -> Value {
    client.session().await["user"]["name"].clone()
}

async fn set_active(client: &Client, token: &str) -> Response {
    client.post_auth("multi-session/set-active", json!({ "sessionToken": token })).await
}

async fn revoke(client: &Client, token: &str) -> Response {
    client.post_auth("multi-session/revoke", json!({ "sessionToken": token })).await
}

/// The names of the cookies of a browser's sessions.
fn multi_cookies(client: &Client) -> Vec<String> {
    client.cookies().keys().filter(|name| name.starts_with(MULTI)).cloned().collect()
}

fn cookie_of(token: &str) -> String {
    format!("{MULTI}{}", token.to_lowercase())
}

/// Signs two users up in one browser. Returns it with the tokens of Ann and of Bob, the current one.
async fn ann_and_bob(app: &TestApp) -> (Client, String, String) {
    let client = app.signed_in("ann").await;
    let ann = client.session_token();
    client.sign_up("bob").await;
    let bob = client.session_token();
    (client, ann, bob)
}

#[tokio::test]
async fn a_browser_switches_between_its_users() {
    let app = start().await;
    let (client, ann, bob) = ann_and_bob(&app).await;
    assert_eq!(names(&client).await, ["ann", "bob"]);
    assert_eq!(current_name(&client).await, "bob");
    let answer = set_active(&client, &ann).await.expect_ok();
    assert_eq!(answer["user"]["name"], "ann");
    assert_eq!(answer["session"]["token"], ann);
    assert_eq!(current_name(&client).await, "ann");
    assert!(client.is_signed_in().await);
    // The case of the token does not count, as in better-auth.
    set_active(&client, &bob.to_uppercase()).await.expect_ok();
    assert_eq!(current_name(&client).await, "bob");
    assert_eq!(multi_cookies(&client).len(), 2);
}

#[tokio::test]
async fn a_cookie_is_written_as_by_better_auth() {
    let app = start().await;
    let client = app.anonymous();
    let response = client.sign_up("ann").await;
    let name = cookie_of(&client.session_token());
    let line = response.set_cookies().into_iter().find(|line| line.starts_with(&name)).unwrap();
    assert!(line.ends_with("; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"), "{line}");
    let cookies = client.cookies();
    assert_eq!(cookies[&name], cookies[SESSION_COOKIE]);
}

#[tokio::test]
async fn a_second_sign_in_of_a_user_replaces_their_session() {
    let app = start().await;
    let (client, _, bob) = ann_and_bob(&app).await;
    let before = client.duplicate();
    client.sign_in(BOB, PASSWORD).await.expect_ok();
    assert_ne!(client.session_token(), bob);
    assert!(!before.is_signed_in().await, "the replaced session has ended");
    assert_eq!(names(&client).await, ["ann", "bob"]);
    assert!(!multi_cookies(&client).contains(&cookie_of(&bob)));
    // Another browser of the user is not touched.
    let other = app.anonymous();
    other.sign_in(BOB, PASSWORD).await.expect_ok();
    assert!(client.is_signed_in().await);
}

#[tokio::test]
async fn a_browser_has_a_maximum_of_sessions() {
    let app = TestApp::start_with(&[ON, "--auth-multi-session-maximum-sessions=2"]).await;
    let (client, ann, _) = ann_and_bob(&app).await;
    client.sign_up("eve").await;
    assert_eq!(current_name(&client).await, "eve");
    assert_eq!(names(&client).await, ["ann", "bob"]);
    // An ended session makes room.
    app.database.execute(&format!(r#"delete from "session" where "token" = '{ann}'"#)).await;
    client.sign_in("eve@example.com", PASSWORD).await.expect_ok();
    assert_eq!(names(&client).await, ["bob", "eve"]);
    assert_eq!(multi_cookies(&client).len(), 2);
}

#[tokio::test]
async fn forged_cookies_list_use_and_end_nothing() {
    let app = start().await;
    let victim = app.signed_in("ann").await;
    let token = victim.session_token();
    let attacker = app.signed_in("eve").await;
    let own = attacker.cookies()[SESSION_COOKIE].clone();
    let signature = own.split_once('.').unwrap().1.to_owned();
    for forged in [
        token.clone(),
        format!("{token}."),
        format!("{token}.{signature}"),
        format!("{token}.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%3D"),
        // A valid signature, of another token.
        own.clone(),
    ] {
        let client = attacker.duplicate();
        client.cookies().insert(cookie_of(&token), forged.clone());
        assert_eq!(names(&client).await, ["eve"], "{forged}");
        set_active(&client, &token).await.assert_error(401, "INVALID_SESSION_TOKEN");
        revoke(&client, &token).await.assert_error(401, "INVALID_SESSION_TOKEN");
        let stranger = app.anonymous();
        stranger.cookies().insert(cookie_of(&token), forged.clone());
        stranger.post_auth("sign-out", json!({})).await.expect_ok();
        assert!(victim.is_signed_in().await, "{forged}");
    }
    // The value of another signed cookie names no session.
    let client = attacker.duplicate();
    client.cookies().insert(format!("{MULTI}true"), "true.x".to_owned());
    client.post_auth("sign-out", json!({})).await.expect_ok();
    assert!(victim.is_signed_in().await);
    assert!(!attacker.is_signed_in().await);
}

/// Neither does a forged cookie keep a new session out.
#[tokio::test]
async fn forged_cookies_count_as_no_sessions() {
    let app = TestApp::start_with(&[ON, "--auth-multi-session-maximum-sessions=1"]).await;
    let client = app.anonymous();
    client.cookies().insert(cookie_of("x"), "x.y".to_owned());
    client.sign_up("ann").await;
    assert_eq!(names(&client).await, ["ann"]);
}

#[tokio::test]
async fn a_sign_out_ends_all_sessions_of_the_browser() {
    let app = start().await;
    let (client, ann, _) = ann_and_bob(&app).await;
    let elsewhere = app.anonymous();
    elsewhere.sign_in(BOB, PASSWORD).await.expect_ok();
    let copy = client.duplicate();
    client.post_auth("sign-out", json!({})).await.expect_ok();
    assert!(client.has_no_session(), "{:?}", client.cookies());
    assert!(!copy.is_signed_in().await);
    assert_eq!(names(&copy).await, [""; 0]);
    set_active(&copy, &ann).await.assert_error(401, "INVALID_SESSION_TOKEN");
    assert!(elsewhere.is_signed_in().await);
}

#[tokio::test]
async fn revoking_the_current_session_makes_another_one_current() {
    let app = start().await;
    let (client, ann, bob) = ann_and_bob(&app).await;
    let copy = client.duplicate();
    assert_eq!(revoke(&client, &bob).await.expect_ok(), json!({ "status": true }));
    assert!(!copy.is_signed_in().await);
    assert_eq!(current_name(&client).await, "ann");
    assert_eq!(names(&client).await, ["ann"]);
    revoke(&client, &bob).await.assert_error(401, "INVALID_SESSION_TOKEN");
    revoke(&client, &ann).await.expect_ok();
    assert!(client.has_no_session(), "{:?}", client.cookies());
    revoke(&client, &ann).await.assert_error(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn revoking_another_session_leaves_the_current_one() {
    let app = start().await;
    let (client, ann, _) = ann_and_bob(&app).await;
    revoke(&client, &ann).await.expect_ok();
    assert_eq!(current_name(&client).await, "bob");
    assert_eq!(names(&client).await, ["bob"]);
    let ended = format!(r#"select "id" from "session" where "token" = '{ann}'"#);
    assert!(app.database.first_column(&ended).await.is_empty());
}

#[tokio::test]
async fn an_expired_or_banned_session_is_not_made_current() {
    let app = start().await;
    let (client, ann, bob) = ann_and_bob(&app).await;
    let ban = r#"update "user" set "banned" = true where "name" = 'ann'"#;
    app.database.execute(ban).await;
    let refused = set_active(&client, &ann).await;
    refused.assert_error(401, "INVALID_SESSION_TOKEN");
    assert!(!multi_cookies(&client).contains(&cookie_of(&ann)), "the cookie is removed");
    app.clock.advance(TimeDelta::days(8));
    assert_eq!(names(&client).await, [""; 0]);
    set_active(&client, &bob).await.assert_error(401, "INVALID_SESSION_TOKEN");
    assert!(multi_cookies(&client).is_empty());
}

#[tokio::test]
async fn a_changed_password_that_ends_the_other_sessions_replaces_the_cookie() {
    let app = start().await;
    let (client, ann, bob) = ann_and_bob(&app).await;
    let body = json!({
        "currentPassword": PASSWORD,
        "newPassword": "another horse battery",
        "revokeOtherSessions": true,
    });
    client.post_auth("change-password", body).await.expect_ok();
    assert_eq!(names(&client).await, ["ann", "bob"]);
    assert!(!multi_cookies(&client).contains(&cookie_of(&bob)));
    assert!(multi_cookies(&client).contains(&cookie_of(&client.session_token())));
    set_active(&client, &ann).await.expect_ok();
}

/// better-auth's cookie outlives the browser, and would restore the session.
#[tokio::test]
async fn a_session_that_ends_with_the_browser_is_not_restored() {
    let app = start().await;
    app.signed_in("ann").await;
    let client = app.anonymous();
    let body = json!({ "email": "ann@example.com", "password": PASSWORD, "rememberMe": false });
    let response = client.post_auth("sign-in/email", body).await;
    let without_age = |response: &Response| {
        let lines =
            response.set_cookies().into_iter().filter(|line| line.contains("session_token"));
        let lines: Vec<_> = lines.map(str::to_owned).collect();
        assert!(
            !lines.is_empty() && lines.iter().all(|line| !line.contains("Max-Age")),
            "{lines:?}"
        );
    };
    without_age(&response);
    let token = client.session_token();
    client.sign_up("bob").await;
    without_age(&set_active(&client, &token).await);
    assert!(client.cookies().contains_key("better-auth.dont_remember"));
}

#[tokio::test]
async fn a_session_that_began_before_the_plugin_was_on_gets_its_cookie_when_extended() {
    let before = TestApp::start().await;
    let old = before.signed_in("ann").await;
    assert!(multi_cookies(&old).is_empty());
    let app = before.restart_with(&[ON]).await;
    let client = app.anonymous();
    client.cookies().clone_from(&old.cookies());
    assert_eq!(names(&client).await, [""; 0]);
    app.clock.advance(TimeDelta::days(2));
    assert_eq!(current_name(&client).await, "ann");
    assert_eq!(names(&client).await, ["ann"]);
}

#[tokio::test]
async fn requests_without_a_session_or_a_token_are_refused() {
    let app = start().await;
    let client = app.anonymous();
    assert_eq!(names(&client).await, [""; 0]);
    set_active(&client, "x").await.assert_error(401, "INVALID_SESSION_TOKEN");
    revoke(&client, "x").await.assert_error(401, "UNAUTHORIZED");
    for route in ["multi-session/set-active", "multi-session/revoke"] {
        client.post_auth(route, json!({})).await.assert_error(400, "VALIDATION_ERROR");
    }
    let app = TestApp::start().await;
    let client = app.signed_in("ann").await;
    assert!(multi_cookies(&client).is_empty());
    let list = client.get_auth("multi-session/list-device-sessions").await;
    assert_eq!(list.status.as_u16(), 404);
}
