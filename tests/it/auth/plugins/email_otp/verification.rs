//! Verification of addresses with a mailed code.

use serde_json::{Value, json};

use super::{EMAIL, WRONG, newest_code, request, start};
use crate::it::support::{Client, PASSWORD, Response, TestApp};

async fn verify(client: &Client, otp: &str) -> Response {
    client.post_auth("email-otp/verify-email", json!({ "email": EMAIL, "otp": otp })).await
}

async fn code(app: &TestApp) -> String {
    request(app, EMAIL, "email-verification").await.expect_ok();
    newest_code(app, "verification-code", EMAIL).await
}

async fn sign_up(app: &TestApp) -> Value {
    let body = json!({ "name": "Ann", "email": EMAIL, "password": PASSWORD });
    app.anonymous().post_auth("sign-up/email", body).await.expect_ok()
}

#[tokio::test]
async fn a_mailed_code_verifies_the_address() {
    let app = start(&[]).await;
    let ann = app.signed_in("ann").await;
    let code = code(&app).await;
    verify(&ann, WRONG).await.assert_error(400, "INVALID_OTP");
    let answer = verify(&ann, &code).await.expect_ok();
    assert_eq!((&answer["status"], &answer["token"]), (&json!(true), &Value::Null));
    assert_eq!(answer["user"]["emailVerified"], true);
    assert!(ann.is_email_verified().await);
    verify(&ann, &code).await.assert_error(400, "INVALID_OTP");
    // A code for a user who is verified.
    let code = self::code(&app).await;
    verify(&app.anonymous(), &code).await.expect_ok();
}

#[tokio::test]
async fn verification_signs_in_if_configured() {
    let app = start(&["--auth-auto-sign-in-after-verification", "true"]).await;
    app.signed_in("ann").await;
    let client = app.anonymous();
    let answer = verify(&client, &code(&app).await).await.expect_ok();
    assert_eq!(client.session().await["session"]["token"], answer["token"]);
    // A user with a second factor gets a challenge.
    app.database.execute(r#"update "user" set "twoFactorEnabled" = true"#).await;
    let client = app.anonymous();
    let answer = verify(&client, &code(&app).await).await.expect_ok();
    assert_eq!(answer["twoFactorRedirect"], true);
    assert!(!client.is_signed_in().await);
}

#[tokio::test]
async fn codes_replace_the_links_if_configured() {
    let flags = [
        "--auth-email-otp-override-default-email-verification",
        "true",
        "--auth-require-email-verification",
        "true",
        "--auth-send-verification-on-sign-in",
        "true",
    ];
    let app = start(&flags).await;
    sign_up(&app).await;
    let kinds =
        async || app.mail_kinds().await.into_iter().map(|(kind, _)| kind).collect::<Vec<_>>();
    assert_eq!(kinds().await, ["verification-code"]);
    app.anonymous().sign_in(EMAIL, PASSWORD).await.assert_error(403, "EMAIL_NOT_VERIFIED");
    assert_eq!(kinds().await.len(), 2);
    let send = [("email", EMAIL)];
    app.anonymous().post_auth_strings("send-verification-email", &send).await.expect_ok();
    assert_eq!(kinds().await, ["verification-code"; 3]);
    let code = newest_code(&app, "verification-code", EMAIL).await;
    verify(&app.anonymous(), &code).await.expect_ok();
    app.anonymous().sign_in(EMAIL, PASSWORD).await.expect_ok();
    // The address is verified, or unknown: nothing is mailed.
    let count = kinds().await.len();
    for email in [EMAIL, super::NOBODY] {
        let send = [("email", email)];
        app.anonymous().post_auth_strings("send-verification-email", &send).await.expect_ok();
    }
    assert_eq!(kinds().await.len(), count);
}

#[tokio::test]
async fn sending_a_code_again_takes_equal_statements() {
    let flags = ["--auth-email-otp-override-default-email-verification", "true"];
    let app = start(&flags).await;
    app.signed_in("ann").await;
    let send = async |email: &str| {
        let client = app.anonymous();
        let fields = [("email", email)];
        let (response, statements) = app
            .count_statements(client.post_auth_strings("send-verification-email", &fields))
            .await;
        (response.text, statements)
    };
    assert_eq!(send(EMAIL).await, send(super::NOBODY).await);
}

#[tokio::test]
async fn sign_up_mails_a_code_if_configured() {
    let app = start(&["--auth-email-otp-send-verification-on-sign-up", "true"]).await;
    let answer = sign_up(&app).await;
    assert_eq!(answer["user"]["emailVerified"], false);
    let kinds: Vec<_> = app.mail_kinds().await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["welcome", "verification-code"]);
    let code = newest_code(&app, "verification-code", EMAIL).await;
    verify(&app.anonymous(), &code).await.expect_ok();
}
