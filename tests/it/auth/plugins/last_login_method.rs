//! The cookie that tells pages how their user signed in, and the list of plugins.

use serde_json::json;

use crate::it::{
    auth::oauth::{location, start_with},
    support::{Client, PASSWORD, Response, TestApp},
};

const ON: &str = "--auth-plugins=last-login-method";
const STORED: &str = "--auth-last-login-method-store-in-database=true";
const COOKIE: &str = "better-auth.last_used_login_method";
const ANN: &str = "ann@example.com";

/// The line of the cookie in a response.
fn line(response: &Response) -> Option<String> {
    let mut lines = response.set_cookies().into_iter();
    lines.find(|line| line.contains("last_used")).map(str::to_owned)
}

#[tokio::test]
async fn a_sign_in_sets_a_cookie_that_pages_can_read() {
    let app = TestApp::start_with(&[ON]).await;
    let client = app.anonymous();
    let expected = format!("{COOKIE}=email; Max-Age=2592000; Path=/; SameSite=Lax");
    assert_eq!(line(&client.sign_up("ann").await), Some(expected.clone()));
    assert_eq!(line(&client.sign_in(ANN, PASSWORD).await), Some(expected));
    for response in [
        client.get_auth("get-session").await,
        client.sign_in(ANN, "a wrong password").await,
        client.post_auth("update-user", json!({ "name": "Anna" })).await,
        client.post_auth("sign-out", json!({})).await,
    ] {
        assert_eq!(line(&response), None, "{}", response.text);
    }
    assert_eq!(client.cookies()[COOKIE], "email", "a sign-out keeps it");
    assert!(client.session().await.is_null());
}

#[tokio::test]
async fn a_provider_is_named_by_its_id() {
    let (app, providers) = TestApp::start_with_providers(&["github"], &[ON]).await;
    let client = app.anonymous();
    let url = start_with(&client, "github", json!({})).await;
    let response = client.get(&providers.authorize("github", &url)).await;
    location(&response);
    assert!(line(&response).unwrap().starts_with(&format!("{COOKIE}=github; ")));
}

#[tokio::test]
async fn a_challenge_names_the_way_that_began_it() {
    let app = TestApp::start_with(&["--auth-plugins=last-login-method,two-factor", STORED]).await;
    app.signed_in("ann").await;
    let sql = r#"update "user" set "twoFactorEnabled" = true, "lastLoginMethod" = null"#;
    app.database.execute(sql).await;
    let response = app.anonymous().sign_in(ANN, PASSWORD).await;
    assert_eq!(response.expect_ok()["twoFactorRedirect"], true);
    assert!(line(&response).unwrap().starts_with(&format!("{COOKIE}=email; ")));
    assert_eq!(methods(&app).await, ["email"]);
}

async fn methods(app: &TestApp) -> Vec<String> {
    app.database.first_column(r#"select coalesce("lastLoginMethod", '-') from "user""#).await
}

#[tokio::test]
async fn the_method_is_stored_where_a_setting_says_so() {
    let app = TestApp::start_with(&[ON]).await;
    let client = app.signed_in("ann").await;
    assert_eq!(methods(&app).await, ["-"]);
    assert!(client.session().await["user"].get("lastLoginMethod").is_none());
    let app = app.restart_with(&[ON, STORED]).await;
    let client = app.anonymous();
    let answer = client.sign_in(ANN, PASSWORD).await.expect_ok();
    assert_eq!(answer["user"]["lastLoginMethod"], "email");
    assert_eq!(methods(&app).await, ["email"]);
    // A sign-up without a session notes it, too.
    let app = TestApp::start_with(&[ON, STORED, "--auth-auto-sign-in=false"]).await;
    let response = app.anonymous().sign_up("bob").await;
    assert_eq!(response.json()["user"]["lastLoginMethod"], "email");
    assert_eq!(line(&response), None);
    assert_eq!(methods(&app).await, ["email"]);
}

#[tokio::test]
async fn the_settings_name_the_cookie_and_its_age() {
    let flags = [
        ON,
        "--auth-last-login-method-cookie-name=method",
        "--auth-last-login-method-max-age=60",
        "--auth-cookie-prefix=books",
    ];
    let app = TestApp::start_with(&flags).await;
    let response = app.anonymous().sign_up("ann").await;
    let lines = response.set_cookies();
    assert!(lines.contains(&"method=email; Max-Age=60; Path=/; SameSite=Lax"), "{lines:?}");
}

async fn plugins(client: &Client) -> serde_json::Value {
    client.get_auth("plugins").await.expect_ok()["plugins"].clone()
}

#[tokio::test]
async fn clients_can_list_the_plugins() {
    let app = TestApp::start().await;
    assert_eq!(plugins(&app.anonymous()).await, json!(["bearer"]));
    let app = TestApp::start_with(&["--auth-plugins=bearer,one-time-token,anonymous"]).await;
    let client = app.anonymous();
    assert_eq!(plugins(&client).await, json!(["bearer", "anonymous", "one-time-token"]));
    client.sign_up("ann").await;
    let token = client.signed_session_token();
    let other = app.anonymous();
    let session = other.get_with_bearer("/api/auth/get-session", &token).await.expect_ok();
    assert_eq!(session["user"]["name"], "ann");
}
