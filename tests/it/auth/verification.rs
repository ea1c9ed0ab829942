//! Verifying an email address by a mailed link.

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::it::support::{Client, PASSWORD, TestApp};

const EMAIL: &str = "ann@example.com";

/// Requests a verification link for Ann, and returns its token.
async fn token(app: &TestApp) -> String {
    app.anonymous()
        .post_auth_strings("send-verification-email", &[("email", EMAIL)])
        .await
        .expect_ok();
    app.newest_mail("verification", EMAIL).await.link_token()
}

/// Opens a verification link, and returns status and error code.
async fn verify(client: &Client, token: &str) -> (u16, String) {
    client.get_auth(&format!("verify-email?token={token}")).await.status_and_code()
}

#[tokio::test]
async fn a_link_verifies_the_address_and_has_no_second_effect() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let token = token(&app).await;
    let anonymous = app.anonymous();
    for _ in 0..2 {
        let response = anonymous.get_auth(&format!("verify-email?token={token}")).await;
        assert_eq!(response.expect_ok(), json!({ "status": true, "user": null }));
        assert!(response.set_cookies().is_empty());
        assert!(ann.is_email_verified().await);
    }
    let page = format!("verify-email?token={token}&callbackURL=%2Fwelcome%3Fx%3D1");
    assert_eq!(anonymous.get_auth(&page).await.header("location"), "/welcome?x=1");
    let repeated = ann.post_auth_strings("send-verification-email", &[("email", EMAIL)]).await;
    repeated.assert_error(400, "EMAIL_ALREADY_VERIFIED");
}

#[tokio::test]
async fn a_client_can_post_the_token_itself() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let token = token(&app).await;
    let response = app.anonymous().post_auth_strings("verify-email", &[("token", &token)]).await;
    assert_eq!(response.expect_ok(), json!({ "status": true, "user": null }));
    assert!(ann.is_email_verified().await);
}

#[tokio::test]
async fn a_link_expires() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let token = token(&app).await;
    app.clock.advance(TimeDelta::seconds(3_600));
    assert_eq!(verify(&ann, &token).await, (401, "TOKEN_EXPIRED".to_owned()));
    let page = format!("verify-email?token={token}&callbackURL=/welcome");
    assert_eq!(ann.get_auth(&page).await.header("location"), "/welcome?error=TOKEN_EXPIRED");
    assert!(!ann.is_email_verified().await);
}

#[tokio::test]
async fn a_forged_link_verifies_nothing() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let good = token(&app).await;
    let parts: Vec<_> = good.split('.').collect();
    let (header, body, signature) = (parts[0], parts[1], parts[2]);
    // {"alg":"none"}, {"alg":"RS256"}, {"alg":"HS512"}, and HS256 with an empty `crit`.
    let headers = [
        "eyJhbGciOiJub25lIn0",
        "eyJhbGciOiJSUzI1NiJ9",
        "eyJhbGciOiJIUzUxMiJ9",
        "eyJhbGciOiJIUzI1NiIsImNyaXQiOltdfQ",
    ];
    let other = app.restart_with(&["--better-auth-secret", "another secret, 0123456789 abc"]).await;
    other
        .anonymous()
        .post_auth_strings("send-verification-email", &[("email", EMAIL)])
        .await
        .expect_ok();
    let foreign_token = other.newest_mail("verification", EMAIL).await.link_token();
    let mut forged = vec![
        foreign_token,
        format!("{header}.{body}."),
        format!("{header}.{body}"),
        format!("{header}..{signature}"),
        format!("{header}.{}.{signature}", body.replace('I', "J")),
        "..".to_owned(),
    ];
    for header in headers {
        forged.push(format!("{header}.{body}.{signature}"));
        forged.push(format!("{header}.{body}."));
    }
    for bad in forged {
        assert_eq!(verify(&ann, &bad).await, (401, "INVALID_TOKEN".to_owned()), "{bad}");
    }
    assert!(!ann.is_email_verified().await);
    assert_eq!(verify(&ann, &good).await.0, 200);
}

#[tokio::test]
async fn a_link_of_a_deleted_user_does_not_verify_a_new_owner() {
    for auto_sign_in in ["false", "true"] {
        let app =
            TestApp::start_with(&["--auth-auto-sign-in-after-verification", auto_sign_in]).await;
        let ann = app.signed_in("ann").await;
        let old = token(&app).await;
        ann.post_auth_strings("delete-user", &[("password", PASSWORD)]).await.expect_ok();
        assert_eq!(verify(&app.anonymous(), &old).await, (401, "INVALID_TOKEN".to_owned()));

        let second = app.signed_in("ann").await;
        let eve = app.anonymous();
        assert_eq!(verify(&eve, &old).await, (401, "INVALID_TOKEN".to_owned()));
        assert!(!eve.is_signed_in().await && !second.is_email_verified().await);
    }
}

#[tokio::test]
async fn requesting_a_link_does_not_reveal_accounts() {
    let app = TestApp::start().await;
    app.signed_in("ann").await;
    app.signed_in("bob").await.verify_email(&app, "bob").await;
    let mut responses = Vec::new();
    for name in ["ann", "bob", "nobody"] {
        let email = format!("{name}@example.com");
        let before = app.mails("verification", &email).await.len();
        let client = app.anonymous();
        let fields = [("email", &*email)];
        let (response, cost) = app
            .count_statements(client.post_auth_strings("send-verification-email", &fields))
            .await;
        responses.push((response.status, response.text, cost));
        let sent = app.mails("verification", &email).await.len() - before;
        assert_eq!(sent, usize::from(name == "ann"));
    }
    responses.dedup();
    assert_eq!(responses.len(), 1, "{responses:?}");
}

#[tokio::test]
async fn a_signed_in_user_can_request_only_the_own_link() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    app.signed_in("bob").await;
    for email in ["bob@example.com", "nobody@example.com"] {
        let refused = ann.post_auth_strings("send-verification-email", &[("email", email)]).await;
        refused.assert_error(400, "EMAIL_MISMATCH");
    }
    let fields = [("email", EMAIL), ("callbackURL", "/welcome")];
    ann.post_auth_strings("send-verification-email", &fields).await.expect_ok();
    let response = ann.open_link(&app.newest_mail("verification", EMAIL).await).await;
    assert_eq!((response.status, response.header("location")), (StatusCode::FOUND, "/welcome"));
    let evil = [("email", EMAIL), ("callbackURL", "https://evil.example")];
    ann.post_auth_strings("send-verification-email", &evil)
        .await
        .assert_error(403, "INVALID_CALLBACK_URL");
}

#[tokio::test]
async fn a_link_opened_by_another_user_verifies_the_address_in_it() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    assert_eq!(verify(&bob, &token(&app).await).await.0, 200);
    assert!(ann.is_email_verified().await && !bob.is_email_verified().await);
    assert_eq!(bob.session().await["user"]["name"], "bob");
}

#[tokio::test]
async fn links_do_not_redirect_to_foreign_pages() {
    let app = TestApp::start().await;
    let ann = app.signed_in("ann").await;
    let token = token(&app).await;
    for evil in ["https://evil.example", "//evil.example", "/%5Cevil.example", "javascript:x"] {
        for token in [&token, "x"] {
            let path = format!("verify-email?token={token}&callbackURL={evil}");
            ann.get_auth(&path).await.assert_error(403, "INVALID_CALLBACK_URL");
        }
    }
    assert!(!ann.is_email_verified().await);
    assert_eq!(ann.get_auth("verify-email").await.status_and_code().0, 400);
    assert_eq!(ann.session().await["user"]["emailVerified"], Value::Bool(false));
}
