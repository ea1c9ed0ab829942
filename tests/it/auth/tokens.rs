//! Session cookies and bearer tokens, valid and forged.

use axum::{
    body::Body,
    http::{Request, header::COOKIE},
};
use serde_json::Value;

use crate::it::support::{Client, SESSION_COOKIE, TestApp};

const SESSION: &str = "/api/auth/get-session";
const ME: &str = "/graphql?query={me{id}}";

/// Returns whether a bearer token signs in, both on the authentication routes and in GraphQL.
async fn is_accepted(app: &TestApp, token: &str) -> bool {
    let session = app.anonymous().get_with_bearer(SESSION, token).await.expect_ok();
    let me = app.anonymous().get_with_bearer(ME, token).await.expect_ok()["data"]["me"].clone();
    assert_eq!(session["user"]["id"], me["id"], "{token}");
    session != Value::Null
}

#[tokio::test]
async fn a_bearer_token_requires_its_signature() {
    let app = TestApp::start().await;
    let ann = app.anonymous();
    let response = ann.sign_up("ann").await;
    let signed = ann.signed_session_token();
    assert_eq!(response.header("set-auth-token"), signed);
    assert!(response.header("access-control-expose-headers").contains("set-auth-token"));
    let encoded = ann.cookies()[SESSION_COOKIE].clone();
    for token in [&signed, &encoded] {
        assert!(is_accepted(&app, token).await, "{token}");
    }
    let (token, signature) = signed.split_once('.').unwrap();
    for bad in [
        "",
        "x",
        token,
        &format!("{token}."),
        &format!("{token}.{}", signature.to_lowercase()),
        &format!("{token}x.{signature}"),
        &token.to_lowercase(),
        &format!("{token} {token}"),
    ] {
        assert!(!is_accepted(&app, bad).await, "{bad}");
    }
    assert!(ann.is_signed_in().await);
}

/// A reader of the database knows the tokens but not the secret.
#[tokio::test]
async fn a_token_read_from_the_database_does_not_sign_in() {
    let app = TestApp::start().await;
    let _ann = app.signed_in("ann").await;
    let tokens = app.database.first_column(r#"select "token" from "session""#).await;
    assert_eq!(tokens.len(), 1);
    for token in tokens {
        assert!(!is_accepted(&app, &token).await);
    }
}

#[tokio::test]
async fn an_unsigned_bearer_token_is_accepted_if_configured() {
    let app = TestApp::start_with(&["--auth-bearer-require-signature", "false"]).await;
    let ann = app.signed_in("ann").await;
    for token in [&ann.session_token(), &ann.signed_session_token()] {
        assert!(is_accepted(&app, token).await, "{token}");
    }
    assert!(!is_accepted(&app, &format!("{}.forged", ann.session_token())).await);
}

#[tokio::test]
async fn a_bearer_token_takes_precedence_over_the_cookie() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    let response = ann.get_with_bearer(SESSION, &bob.signed_session_token()).await.expect_ok();
    assert_eq!(response["user"]["name"], "bob");
    let forged =
        ann.get_with_bearer(SESSION, &format!("{}.forged", bob.session_token())).await.expect_ok();
    assert_eq!(forged["user"]["name"], "ann");
}

#[tokio::test]
async fn a_forged_cookie_signs_nobody_in() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    let good = ann.cookies()[SESSION_COOKIE].clone();
    let (token, signature) = good.split_once('.').unwrap();
    let (other, other_signature) = (bob.session_token(), bob.signed_session_token());
    let other_signature = other_signature.split_once('.').unwrap().1;
    for bad in [
        token.to_owned(),
        format!("{token}."),
        format!("{token}.{}", &signature[..signature.len() - 4]),
        format!("{token}.{other_signature}"),
        format!("{other}.{signature}"),
        format!("{other}.{token}.{signature}"),
        good.replace('.', "%00."),
        "x".repeat(100_000),
    ] {
        let client = app.anonymous();
        client.cookies().insert(SESSION_COOKIE.to_owned(), bad.clone());
        let response = client.get(SESSION).await;
        assert_eq!(response.text, "null", "{bad}");
        assert!(response.set_cookies().is_empty());
        assert_eq!(client.get(ME).await.data()["me"], Value::Null, "{bad}");
    }
    assert!(ann.is_signed_in().await);
}

#[tokio::test]
async fn the_first_of_two_cookies_takes_precedence() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    let line = |client: &Client| format!("{SESSION_COOKIE}={}", client.cookies()[SESSION_COOKIE]);
    for (cookies, name) in [
        (format!("{}; {}", line(&ann), line(&bob)), "ann"),
        (format!("{}; {}", line(&bob), line(&ann)), "bob"),
    ] {
        let request = Request::get(SESSION).header(COOKIE, cookies);
        let response = app.anonymous().send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.expect_ok()["user"]["name"], name);
    }
}

#[tokio::test]
async fn link_tokens_and_cookies_are_not_interchangeable() {
    let app = TestApp::start_with(&["--auth-cookie-cache", "jwt"]).await;
    let ann = app.signed_in("ann").await;
    ann.post_auth_strings("send-verification-email", &[("email", "ann@example.com")])
        .await
        .expect_ok();
    let link = app.newest_mail("verification", "ann@example.com").await.link_token();
    let cached = ann.cookies()["better-auth.session_data"].clone();

    let refused = ann.get_auth(&format!("verify-email?token={cached}")).await;
    refused.assert_error(401, "INVALID_TOKEN");
    let (value, signature) = link.rsplit_once('.').unwrap();
    for forged in [link.clone(), format!("{value}.{signature}=")] {
        let eve = app.anonymous();
        eve.cookies().insert(SESSION_COOKIE.to_owned(), forged);
        eve.cookies().insert("better-auth.session_data".to_owned(), link.clone());
        assert_eq!(eve.session().await, Value::Null);
    }
}
