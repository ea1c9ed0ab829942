//! Codes by mail.

use chrono::TimeDelta;
use serde_json::json;

use super::{EMAIL, ON, challenge, challenge_in, column, turn_on, verify};
use crate::it::support::{Client, PASSWORD, TestApp};

const MAILED: &str = "--auth-two-factor-otp=mail";

/// Turns the second factor on by a password alone: codes are mailed.
async fn turn_on_mails(client: &Client) {
    let body = json!({ "password": PASSWORD, "method": "otp" });
    let answer = client.post_auth("two-factor/enable", body).await.expect_ok();
    assert_eq!(answer, json!({ "method": "otp" }));
}

/// Requests a code, and returns the one of the newest mail.
async fn requested(app: &TestApp, client: &Client) -> String {
    let answer = client.post_auth("two-factor/send-otp", json!({})).await.expect_ok();
    assert_eq!(answer, json!({ "status": true }));
    let mail = app.newest_mail("two-factor-code", EMAIL).await;
    let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|c| c.is_ascii_digit());
    mail.text.lines().find(is_code).unwrap().to_owned()
}

fn other_than(code: &str) -> &str {
    if code == "000000" { "000001" } else { "000000" }
}

#[tokio::test]
async fn a_mailed_code_signs_in_in_every_form_of_storage() {
    for storage in ["plain", "hashed", "encrypted"] {
        let stored = format!("--auth-two-factor-store-otp={storage}");
        let app = TestApp::start_with(&[ON[0], MAILED, &stored]).await;
        let ann = app.signed_in("ann").await;
        let before = ann.session_token();
        turn_on_mails(&ann).await;
        assert_ne!(ann.session_token(), before);
        assert_eq!(ann.session().await["user"]["twoFactorEnabled"], true);
        let client = app.anonymous();
        let answer = challenge_in(&client, EMAIL).await;
        assert_eq!(answer["twoFactorMethods"], json!(["otp"]));
        let code = requested(&app, &client).await;
        let sql = r#"select "value" from "verification" where "identifier" like '2fa-otp-%'"#;
        let row = column(&app, sql).await;
        assert_eq!(row[0].starts_with(&code), storage == "plain", "{row:?}");
        assert!(row[0].ends_with(":0"), "{row:?}");
        verify(&client, "totp", &code).await.assert_error(400, "TOTP_NOT_ENABLED");
        verify(&client, "otp", other_than(&code)).await.assert_error(401, "INVALID_CODE");
        let answer = verify(&client, "otp", &code).await.expect_ok();
        assert_eq!(answer["token"], client.session_token());
        assert!(client.is_signed_in().await);
        verify(&client, "otp", &code).await.assert_error(400, "OTP_HAS_EXPIRED");
    }
}

#[tokio::test]
async fn five_wrong_codes_end_a_code_and_a_new_one_replaces_it() {
    let app = TestApp::start_with(&[ON[0], MAILED]).await;
    turn_on_mails(&app.signed_in("ann").await).await;
    let client = challenge(&app, EMAIL).await;
    let code = requested(&app, &client).await;
    for _ in 0..5 {
        verify(&client, "otp", other_than(&code)).await.assert_error(401, "INVALID_CODE");
    }
    let too_many = verify(&client, "otp", &code).await;
    too_many.assert_error(400, "TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE");
    verify(&client, "otp", &code).await.assert_error(400, "OTP_HAS_EXPIRED");
    let old = requested(&app, &client).await;
    let new = requested(&app, &client).await;
    if old != new {
        verify(&client, "otp", &old).await.assert_error(401, "INVALID_CODE");
    }
    verify(&client, "otp", &new).await.expect_ok();
}

#[tokio::test]
async fn a_code_is_valid_for_three_minutes_and_one_challenge() {
    let app = TestApp::start_with(&[ON[0], MAILED]).await;
    turn_on_mails(&app.signed_in("ann").await).await;
    let (client, other) = (challenge(&app, EMAIL).await, challenge(&app, EMAIL).await);
    let code = requested(&app, &client).await;
    verify(&other, "otp", &code).await.assert_error(400, "OTP_HAS_EXPIRED");
    app.clock.advance(TimeDelta::seconds(181));
    verify(&client, "otp", &code).await.assert_error(400, "OTP_HAS_EXPIRED");
    let nobody = app.anonymous().post_auth("two-factor/send-otp", json!({})).await;
    nobody.assert_error(401, "INVALID_TWO_FACTOR_COOKIE");
}

/// better-auth does not lock users without an authenticator app.
#[tokio::test]
async fn ten_wrong_codes_lock_an_account_without_an_app() {
    let app = TestApp::start_with(&[ON[0], MAILED]).await;
    turn_on_mails(&app.signed_in("ann").await).await;
    for _ in 0..2 {
        let client = challenge(&app, EMAIL).await;
        let code = requested(&app, &client).await;
        for _ in 0..5 {
            verify(&client, "otp", other_than(&code)).await.assert_error(401, "INVALID_CODE");
        }
    }
    let client = challenge(&app, EMAIL).await;
    let code = requested(&app, &client).await;
    verify(&client, "otp", &code).await.assert_error(429, "ACCOUNT_TEMPORARILY_LOCKED");
    app.clock.advance(TimeDelta::seconds(901));
    let client = challenge(&app, EMAIL).await;
    let code = requested(&app, &client).await;
    verify(&client, "otp", &code).await.expect_ok();
}

#[tokio::test]
async fn a_code_in_a_session_turns_the_second_factor_on() {
    let app = TestApp::start_with(&[ON[0], MAILED]).await;
    let ann = app.signed_in("ann").await;
    let before = ann.session_token();
    let code = requested(&app, &ann).await;
    verify(&ann, "otp", other_than(&code)).await.assert_error(401, "INVALID_CODE");
    let answer = verify(&ann, "otp", &code).await.expect_ok();
    assert_eq!(answer["user"]["twoFactorEnabled"], true);
    assert_eq!(answer["token"], ann.session_token());
    assert_ne!(ann.session_token(), before);
    challenge(&app, EMAIL).await;
}

#[tokio::test]
async fn an_app_and_mails_are_both_offered() {
    let app = TestApp::start_with(&[ON[0], MAILED]).await;
    turn_on(&app, &app.signed_in("ann").await).await;
    let answer = challenge_in(&app.anonymous(), EMAIL).await;
    assert_eq!(answer["twoFactorMethods"], json!(["totp", "otp"]));
}
