//! The names and attributes of cookies, by settings.

use axum::{
    body::Body,
    http::{HeaderValue, Request, header::COOKIE},
};
use serde_json::Value;

use crate::it::support::TestApp;

/// Returns name and attributes of the session cookie that signing up sets.
async fn session_cookie(flags: &[&str]) -> (String, String) {
    let app = TestApp::start_with(flags).await;
    let ann = app.anonymous();
    let response = ann.sign_up("ann").await;
    let (name, rest) = response.set_cookies()[0].split_once('=').unwrap();
    let (name, attributes) = (name.to_owned(), rest.split_once("; ").unwrap().1.to_owned());

    assert!(ann.is_signed_in().await, "the cookie that was set is read");
    ann.post_auth_strings("sign-out", &[]).await.expect_ok();
    assert!(ann.has_no_session(), "the cookie that was set is removed");
    (name, attributes)
}

#[tokio::test]
async fn cookies_follow_the_settings() {
    for (flags, name, attributes) in [
        (vec![], "better-auth.session_token", "Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"),
        (
            vec!["--auth-cookie-prefix", "shop", "--auth-cookie-domain", "example.com"],
            "shop.session_token",
            "Max-Age=604800; Domain=example.com; Path=/; HttpOnly; SameSite=Lax",
        ),
        (
            vec!["--auth-cookie-same-site", "strict", "--auth-session-expires-in", "60"],
            "better-auth.session_token",
            "Max-Age=60; Path=/; HttpOnly; SameSite=Strict",
        ),
        (
            vec!["--auth-secure-cookies", "true", "--auth-cookie-same-site", "none"],
            "__Secure-better-auth.session_token",
            "Max-Age=604800; Path=/; HttpOnly; Secure; SameSite=None",
        ),
    ] {
        assert_eq!(session_cookie(&flags).await, (name.to_owned(), attributes.to_owned()));
    }
}

#[tokio::test]
async fn a_cookie_without_the_secure_prefix_is_ignored_over_https() {
    let app = TestApp::start_with(&["--auth-secure-cookies", "true"]).await;
    let ann = app.signed_in("ann").await;
    let value = ann.cookies().remove("__Secure-better-auth.session_token").unwrap();
    ann.cookies().insert("better-auth.session_token".to_owned(), value);
    assert!(!ann.is_signed_in().await);
}

/// Browsers let an insecure page of a sibling host set names that resemble `__Secure-`.
#[tokio::test]
async fn a_cookie_with_a_similar_name_is_ignored() {
    let app = TestApp::start_with(&["--auth-secure-cookies", "true"]).await;
    let (ann, eve) = (app.signed_in("ann").await, app.signed_in("eve").await);
    let name = "__Secure-better-auth.session_token";
    let (valid, planted) = (ann.cookies()[name].clone(), eve.cookies()[name].clone());
    let similar_names =
        ["%5F%5FSecure-better-auth.session_token", "\u{a0}__Secure-better-auth.session_token"];
    for similar in similar_names {
        let user = async |cookies: String| {
            let cookies = HeaderValue::from_bytes(cookies.as_bytes()).unwrap();
            let request = Request::get("/graphql?query={me{name}}").header(COOKIE, cookies);
            let response = app.anonymous().send(request.body(Body::empty()).unwrap()).await;
            response.data()["me"]["name"].clone()
        };
        assert_eq!(user(format!("{similar}={planted}; {name}={valid}")).await, "ann", "{similar}");
        assert_eq!(user(format!("{similar}={planted}")).await, Value::Null, "{similar}");
    }
}
