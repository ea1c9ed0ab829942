//! Sign-in in a popup window.

use axum::{body::Body, http::Request};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::{BOOKS, SORRY, count, location, start, value_in};
use crate::it::{
    auth::redirects::{AMBIGUOUS_PATHS, FOREIGN_URLS},
    support::{Client, FakeProviders, Response, TestApp},
};

const ORIGIN: &str = "https://app.example";
const NONCE: &str = "0123456789abcdef";
const COOKIE: &str = "better-auth.oauth_popup";
const FLAGS: [&str; 2] =
    ["--auth-plugins=oauth-popup", "--better-auth-trusted-origins=https://app.example"];

async fn app() -> (TestApp, FakeProviders) {
    TestApp::start_with_providers(&["github"], &FLAGS).await
}

async fn open(client: &Client, changes: &[(&str, &str)]) -> Response {
    let mut fields = vec![
        ("provider", "github"),
        ("popupOrigin", ORIGIN),
        ("popupNonce", NONCE),
        ("callbackURL", BOOKS),
        ("errorCallbackURL", SORRY),
    ];
    fields.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    fields.extend(changes);
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    client.get_auth(&format!("oauth-popup/start?{query}")).await
}

/// Returns the message of the page that ends a popup window.
#[track_caller]
fn message(response: &Response) -> Value {
    assert_eq!(response.status.as_u16(), 200, "{} {:?}", response.text, response.headers);
    assert_eq!(response.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(response.header("cache-control"), "no-store");
    let policy = response.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(response.text.matches("<script").count(), 2, "{}", response.text);
    let (_, rest) = response.text.split_once("id=\"better-auth-oauth-popup\">").unwrap();
    let message: Value = serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap();
    assert_eq!(message["type"], "better-auth:oauth-popup");
    assert_eq!(message["targetOrigin"], ORIGIN);
    message
}

#[tokio::test]
async fn the_page_that_opened_the_window_gets_the_sessions_token() {
    let (app, providers) = app().await;
    let ann = app.anonymous();
    let url = location(&open(&ann, &[("newUserCallbackURL", "/welcome?x=</script>")]).await);
    assert!(ann.cookies().contains_key(COOKIE));
    let response = ann.get(&providers.authorize("github", &url)).await;
    let message = message(&response);
    assert_eq!(message["nonce"], NONCE);
    assert_eq!(message["redirectTo"], "/welcome?x=</script>");
    assert_eq!(message.get("error"), None);
    assert!(ann.is_signed_in().await);
    assert!(!ann.cookies().contains_key(COOKIE));
    let token = message["token"].as_str().unwrap();
    let request = Request::get("/api/auth/get-session")
        .header("authorization", format!("Bearer {token}"))
        .body(Body::empty());
    let session = app.anonymous().send(request.unwrap()).await.expect_ok();
    assert_eq!(session["user"]["id"], ann.user_id().await);
}

#[tokio::test]
async fn only_a_trusted_origin_gets_a_message() {
    let (app, _providers) = app().await;
    for origin in [
        "https://evil.example",
        "https://app.example.evil.example",
        "https://app.example@evil.example",
        "https://app.example/",
        "https://app.example:443",
        "HTTPS://app.example",
        "http://app.example",
        "https://app.example\\",
        "/",
        "*",
        "null",
        "",
    ] {
        let client = app.anonymous();
        let response = open(&client, &[("popupOrigin", origin)]).await;
        response.assert_error(403, "INVALID_ORIGIN");
        assert!(client.cookies().is_empty());
    }
    let missing = app.anonymous().get_auth("oauth-popup/start?provider=github").await;
    missing.assert_error(400, "VALIDATION_ERROR");
    assert_eq!(count(&app, "verification").await, 0);
}

#[tokio::test]
async fn errors_of_the_start_are_posted_and_escaped() {
    const EVIL: &str = "</script><script>alert(1)</script>";
    let (app, _providers) = app().await;
    let client = app.anonymous();
    for url in AMBIGUOUS_PATHS.into_iter().chain(FOREIGN_URLS) {
        for (field, code) in [
            ("callbackURL", "invalid_callback_url"),
            ("errorCallbackURL", "invalid_error_callback_url"),
            ("newUserCallbackURL", "invalid_new_user_callback_url"),
        ] {
            let message = message(&open(&client, &[(field, url)]).await);
            assert_eq!(message["error"]["code"], code, "{url}");
            assert_eq!(message["nonce"], NONCE);
        }
    }
    for provider in ["none", EVIL] {
        let message = message(&open(&client, &[("provider", provider)]).await);
        let error = json!({ "code": "provider_not_found",
            "description": format!("Unknown provider: {provider}") });
        assert_eq!(message["error"], error);
    }
    let long = "n".repeat(5_000);
    let message = message(&open(&client, &[("popupNonce", &long)]).await);
    assert_eq!(message["error"]["code"], "popup_sign_in_failed");
    assert!(client.cookies().is_empty());
}

#[tokio::test]
async fn the_error_of_an_answer_is_posted() {
    let (app, _providers) = app().await;
    let ann = app.anonymous();
    let url = location(&open(&ann, &[("popupNonce", "</script>")]).await);
    let answer = FakeProviders::refuse(&url, "access_denied");
    let (copy, late) = (ann.duplicate(), ann.duplicate());
    let message = message(&ann.get(&answer).await);
    assert_eq!(message["error"], json!({ "code": "access_denied" }));
    assert_eq!(message["nonce"], "</script>");
    assert_eq!(message.get("token"), None);
    // The state was used.
    let message = self::message(&copy.get(&answer).await);
    assert_eq!(message["error"]["code"], "state_mismatch");
    late.cookies().remove(COOKIE);
    assert!(location(&late.get(&answer).await).ends_with("/error?error=state_mismatch"));
}

#[tokio::test]
async fn a_sign_in_in_another_tab_ends_as_usual() {
    let (app, providers) = app().await;
    let ann = app.anonymous();
    let popup = location(&open(&ann, &[]).await);
    let tab = ann.duplicate();
    let answer = providers.authorize("github", &start(&tab, "github").await);
    assert!(tab.cookies().contains_key(COOKIE));
    assert_eq!(location(&tab.get(&answer).await), BOOKS);
    message(&ann.get(&providers.authorize("github", &popup)).await);
}

#[tokio::test]
async fn a_forged_cookie_chooses_no_origin() {
    let (app, providers) = app().await;
    let ann = app.anonymous();
    let url = start(&ann, "github").await;
    let state = value_in(&url, "state");
    let forged = json!({ "popupOrigin": "https://evil.example", "popupNonce": "", "state": state });
    let forged: String = form_urlencoded::byte_serialize(forged.to_string().as_bytes()).collect();
    let signature = ann.cookies()["better-auth.state"].split_once('.').unwrap().1.to_owned();
    ann.cookies().insert(COOKIE.to_owned(), format!("{forged}.{signature}"));
    assert_eq!(location(&ann.get(&providers.authorize("github", &url)).await), BOOKS);
}

#[tokio::test]
async fn the_data_of_a_start_is_that_of_every_sign_in() {
    let (app, _providers) = app().await;
    let data = r#"{"theme":{"dark":true},"callbackURL":"https://evil.example","link":{}}"#;
    let fields = [("scopes", "a,b"), ("requestSignUp", "true"), ("additionalData", data)];
    let url = location(&open(&app.anonymous(), &fields).await);
    assert!(value_in(&url, "scope").ends_with("a b"), "{url}");
    let rows = app.database.first_column(r#"select "value" from "verification""#).await;
    let stored: Value = serde_json::from_str(&rows[0]).unwrap();
    assert_eq!(stored["theme"], json!({ "dark": true }));
    assert_eq!(stored["callbackURL"], BOOKS);
    assert_eq!(stored["requestSignUp"], true);
    assert_eq!(stored.get("link"), None);
    for data in ["", "x", "[]", "5", "{"] {
        location(&open(&app.anonymous(), &[("additionalData", data)]).await);
    }
}
