//! Sign-in with a number and a password, and the reset of the password.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{
    NEW, NUMBER, OTHER, VERIFICATION, code, enter, member, newest, other, reset, send, sign_in,
    start,
};
use crate::it::support::{Client, PASSWORD, Response, TestApp};

const REQUIRE: &str = "--auth-phone-number-require-verification=true";
const RESET: &str = "phone-password-reset";

async fn request_reset(client: &Client, number: &str) -> Response {
    let fields = [("phoneNumber", number)];
    client.post_auth_strings("phone-number/request-password-reset", &fields).await
}

/// Returns the code of a reset that was requested.
async fn reset_code(app: &TestApp, number: &str) -> String {
    let answer = request_reset(&app.anonymous(), number).await.expect_ok();
    assert_eq!(answer, json!({ "status": true }));
    newest(app, RESET, number).await
}

#[tokio::test]
async fn a_code_by_sms_resets_the_password_with_the_effects_of_a_link() {
    let app = start(&[]).await;
    let ann = member(&app, "ann", NUMBER).await;
    let page = app.anonymous();
    let pending = code(&app, NUMBER).await;
    let otp = reset_code(&app, NUMBER).await;
    reset(&page, NUMBER, &other(&otp), NEW).await.assert_error(400, "INVALID_OTP");
    reset(&page, NUMBER, &otp, "short").await.assert_error(400, "PASSWORD_TOO_SHORT");
    reset(&page, NUMBER, &otp, &"x".repeat(129)).await.assert_error(400, "PASSWORD_TOO_LONG");
    assert_eq!(reset(&page, NUMBER, &otp, NEW).await.expect_ok(), json!({ "status": true }));
    reset(&page, NUMBER, &otp, PASSWORD).await.assert_error(400, "OTP_NOT_FOUND");
    assert_eq!(ann.session().await, Value::Null);
    sign_in(&page, NUMBER, NEW).await.expect_ok();
    let old = sign_in(&app.anonymous(), NUMBER, PASSWORD).await;
    old.assert_error(401, "INVALID_PHONE_NUMBER_OR_PASSWORD");
    assert_eq!(app.mails("password-changed", "ann@example.com").await.len(), 1);
    // A code that was sent before is invalid: it may be in an attacker's hands.
    enter(&app.anonymous(), NUMBER, &pending).await.assert_error(400, "INVALID_OTP");
    page.post_auth("phone-number/reset-password", json!({}))
        .await
        .assert_error(400, "VALIDATION_ERROR");
}

#[tokio::test]
async fn an_unknown_number_is_answered_as_a_known_one() {
    let app = start(&[]).await;
    member(&app, "ann", NUMBER).await;
    let client = app.anonymous();
    let alike = async |known: (Response, u64), unknown: (Response, u64)| {
        assert_eq!((known.0.status, &known.0.text), (unknown.0.status, &unknown.0.text));
        assert_eq!(known.1, unknown.1, "statements");
    };
    let wrong = "wrong horse battery";
    // The first check reads the forms of stored hashes.
    sign_in(&client, NUMBER, wrong).await;
    let known = app.count_statements(sign_in(&client, NUMBER, wrong)).await;
    alike(known, app.count_statements(sign_in(&client, OTHER, wrong)).await).await;
    // The member's number had a code before.
    for number in [NUMBER, OTHER] {
        send(&client, number).await.expect_ok();
        request_reset(&client, number).await.expect_ok();
    }
    let known = app.count_statements(send(&client, NUMBER)).await;
    alike(known, app.count_statements(send(&client, OTHER)).await).await;
    let known = app.count_statements(request_reset(&client, NUMBER)).await;
    alike(known, app.count_statements(request_reset(&client, OTHER)).await).await;
    assert!(app.mails(RESET, OTHER).await.is_empty());
    let known = app.count_statements(reset(&client, NUMBER, "no-code", NEW)).await;
    alike(known, app.count_statements(reset(&client, OTHER, "no-code", NEW)).await).await;
    assert_eq!(request_reset(&client, "070").await.expect_ok(), json!({ "status": true }));
}

#[tokio::test]
async fn an_unverified_number_is_verified_before_it_signs_in() {
    let app =
        start(&[REQUIRE, "--auth-phone-number-otp-length=8", "--auth-phone-number-expires-in=60"])
            .await;
    member(&app, "ann", NUMBER).await;
    let page = app.anonymous();
    sign_in(&page, NUMBER, PASSWORD).await.expect_ok();
    app.database.execute(r#"update "user" set "phoneNumberVerified" = false"#).await;
    let before = app.mails(VERIFICATION, NUMBER).await.len();
    // Only the right password tells that the number is not verified, and costs an SMS.
    let wrong = sign_in(&page, NUMBER, "wrong horse battery").await;
    wrong.assert_error(401, "INVALID_PHONE_NUMBER_OR_PASSWORD");
    assert_eq!(app.mails(VERIFICATION, NUMBER).await.len(), before);
    let other = app.anonymous();
    sign_in(&other, NUMBER, PASSWORD).await.assert_error(401, "PHONE_NUMBER_NOT_VERIFIED");
    assert!(other.has_no_session());
    let given = newest(&app, VERIFICATION, NUMBER).await;
    assert_eq!(given.len(), 8);
    request_reset(&page, NUMBER).await.expect_ok();
    assert!(app.mails(RESET, NUMBER).await.is_empty());
    reset(&page, NUMBER, "12345678", NEW).await.assert_error(400, "INVALID_OTP");
    enter(&other, NUMBER, &given).await.expect_ok();
    sign_in(&app.anonymous(), NUMBER, PASSWORD).await.expect_ok();
    let late = code(&app, NUMBER).await;
    app.clock.advance(TimeDelta::seconds(61));
    enter(&other, NUMBER, &late).await.assert_error(400, "OTP_EXPIRED");
}
