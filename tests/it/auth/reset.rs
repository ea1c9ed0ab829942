//! Resetting a forgotten password.

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::json;
use tokio::task::JoinSet;

use crate::it::support::{PASSWORD, Response, TestApp, without_unavailable};

const EMAIL: &str = "ann@example.com";
const NEW: &str = "another horse battery";

/// Requests a reset link.
async fn request(app: &TestApp, email: &str) -> Response {
    app.anonymous().post_auth_strings("request-password-reset", &[("email", email)]).await
}

/// Requests a reset link for Ann, and returns its token.
async fn token(app: &TestApp) -> String {
    request(app, EMAIL).await.expect_ok();
    app.newest_mail("reset", EMAIL).await.link_token()
}

#[tokio::test]
async fn a_mailed_link_resets_the_password() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let fields = [("email", "ANN@example.com"), ("redirectTo", "/reset?x=1")];
    app.anonymous().post_auth_strings("request-password-reset", &fields).await.expect_ok();

    let mail = app.newest_mail("reset", EMAIL).await;
    let browser = app.anonymous();
    let followed = browser.open_link(&mail).await;
    assert_eq!(followed.status, StatusCode::FOUND);
    let page = format!("http://localhost:3000/reset?x=1&token={}", mail.link_token());
    assert_eq!(followed.header("location"), page);

    assert_eq!(
        browser.reset_password(&mail.link_token(), NEW).await.expect_ok(),
        json!({ "status": true })
    );
    assert!(!browser.is_signed_in().await);
    browser.sign_in(EMAIL, NEW).await.expect_ok();
    app.anonymous().sign_in(EMAIL, PASSWORD).await.assert_error(401, "INVALID_EMAIL_OR_PASSWORD");
    assert!(!ann.is_signed_in().await, "a reset ends all sessions");
    assert_eq!(app.mails("password-changed", EMAIL).await.len(), 1);

    browser
        .reset_password(&mail.link_token(), "evil horse battery")
        .await
        .assert_error(400, "INVALID_TOKEN");
    let second_page = browser.open_link(&mail).await;
    assert_eq!(
        second_page.header("location"),
        "http://localhost:3000/reset?x=1&error=INVALID_TOKEN"
    );
}

#[tokio::test]
async fn sessions_survive_a_reset_if_configured() {
    let app = TestApp::start_with(&["--auth-revoke-sessions-on-reset", "false"]).await;
    let (ann, prepared) = (app.signed_in("ann").await, app.signed_in("bob").await);
    ann.verify_email(&app, "ann").await;
    ann.reset_password(&token(&app).await, NEW).await.expect_ok();
    assert!(ann.is_signed_in().await);
    // Before its owner proved the address, another person may have signed up with it.
    request(&app, "bob@example.com").await.expect_ok();
    let token = app.newest_mail("reset", "bob@example.com").await.link_token();
    app.anonymous().reset_password(&token, NEW).await.expect_ok();
    assert!(!prepared.is_signed_in().await);
}

#[tokio::test]
async fn one_of_fifty_concurrent_uses_of_a_link_succeeds() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    let token = token(&app).await;
    let mut requests = JoinSet::new();
    for index in 0..50 {
        let (client, token) = (app.anonymous(), token.clone());
        requests.spawn(async move {
            let password = format!("horse number {index}");
            let response = client.reset_password(&token, &password).await;
            (response.status_and_code(), password)
        });
    }
    let (done, refused): (Vec<_>, Vec<_>) =
        requests.join_all().await.into_iter().partition(|((status, _), _)| *status == 200);
    let refused = without_unavailable(refused.into_iter().map(|(refusal, _)| refusal).collect());
    assert_eq!(done.len(), 1);
    let used = (400, "INVALID_TOKEN".to_owned());
    assert!(!refused.is_empty() && refused.iter().all(|end| *end == used), "{refused:?}");
    app.anonymous().sign_in(EMAIL, &done[0].1).await.expect_ok();
    assert_eq!(app.mails("password-changed", EMAIL).await.len(), 1);
}

#[tokio::test]
async fn the_first_used_link_of_a_user_voids_the_others() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    let mut tokens = Vec::new();
    for _ in 0..8 {
        tokens.push(token(&app).await);
    }
    let mut requests = JoinSet::new();
    for token in tokens.clone() {
        let client = app.anonymous();
        requests.spawn(async move { client.reset_password(&token, NEW).await.status_and_code() });
    }
    let mut outcomes = requests.join_all().await;
    outcomes.sort();
    assert_eq!(outcomes.remove(0), (200, String::new()));
    assert_eq!(outcomes, vec![(400, "INVALID_TOKEN".to_owned()); 7]);
    // The audit row does not record which link was used.
    let remaining =
        app.database.first_column(r#"select "identifier" || '|' || "value" from "verification""#);
    let remaining = remaining.await;
    assert!(remaining.len() == 1 && remaining[0].starts_with("used-link:"), "{remaining:?}");
    assert!(
        remaining[0].ends_with('|') && !tokens.iter().any(|token| remaining[0].contains(token))
    );
}

#[tokio::test]
async fn a_link_expires() {
    let app = TestApp::start_with(&["--auth-reset-expires-in", "60"]).await;
    let ann = app.signed_in("ann").await;
    let token = token(&app).await;
    app.clock.advance(TimeDelta::milliseconds(60_001));
    let path = format!("reset-password/{token}?callbackURL=/reset");
    let page = "http://localhost:3000/reset?error=INVALID_TOKEN";
    assert_eq!(ann.get_auth(&path).await.header("location"), page);
    ann.reset_password(&token, NEW).await.assert_error(400, "INVALID_TOKEN");
    app.anonymous().sign_in(EMAIL, PASSWORD).await.expect_ok();
}

#[tokio::test]
async fn a_refused_password_does_not_consume_the_link() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let token = token(&app).await;
    ann.reset_password(&token, "short").await.assert_error(400, "PASSWORD_TOO_SHORT");
    ann.reset_password(&token, &"x".repeat(129)).await.assert_error(400, "PASSWORD_TOO_LONG");
    let other = ann.reset_password(&token.to_lowercase(), NEW).await;
    assert!(other.status == StatusCode::BAD_REQUEST || token == token.to_lowercase());
    let by_query = format!("reset-password?token={token}");
    ann.post_auth_strings(&by_query, &[("newPassword", NEW)]).await.expect_ok();
    app.anonymous().sign_in(EMAIL, NEW).await.expect_ok();
}

#[tokio::test]
async fn an_unknown_address_gets_the_response_of_a_known_one() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    let (known, known_cost) = app.count_statements(request(&app, EMAIL)).await;
    let (unknown, unknown_cost) = app.count_statements(request(&app, "nobody@example.com")).await;
    assert_eq!((known.status, &known.text), (unknown.status, &unknown.text));
    assert_eq!(known_cost, unknown_cost);
    assert_eq!(app.mails("reset", "nobody@example.com").await.len(), 0);
    for page in ["https://evil.example/reset", "//evil.example", "javascript:alert(1)"] {
        for email in [EMAIL, "nobody@example.com"] {
            let fields = [("email", email), ("redirectTo", page)];
            let refused =
                app.anonymous().post_auth_strings("request-password-reset", &fields).await;
            refused.assert_error(403, "INVALID_REDIRECT_URL");
        }
    }
}

#[tokio::test]
async fn a_token_with_a_null_character_is_refused() {
    let app = TestApp::start().await;
    let response = app.anonymous().get_auth("reset-password/%00?callbackURL=/x").await;
    assert!(response.header("location").ends_with("/x?error=INVALID_TOKEN"), "{}", response.text);
}

#[tokio::test]
async fn production_without_a_mail_server_sends_no_links() {
    let app = TestApp::start_with(&["--app-env", "production"]).await;
    app.signed_in("ann").await;
    for email in [EMAIL, "nobody@example.com"] {
        request(&app, email).await.assert_error(400, "RESET_PASSWORD_DISABLED");
        let send =
            app.anonymous().post_auth_strings("send-verification-email", &[("email", email)]).await;
        send.assert_error(400, "VERIFICATION_EMAIL_NOT_ENABLED");
    }
}

#[tokio::test]
async fn a_user_without_a_password_can_set_one() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    app.database.execute(r#"delete from "account""#).await;
    app.anonymous().reset_password(&token(&app).await, NEW).await.expect_ok();
    app.anonymous().sign_in(EMAIL, NEW).await.expect_ok();
}
