//! Change of address with a mailed code.

use chrono::TimeDelta;
use serde_json::json;

use super::{EMAIL, NEW, WRONG, ann, assert_plain, newest_code, request, start, success};
use crate::it::support::{Client, PASSWORD, Response, TestApp};

const ON: [&str; 2] = ["--auth-email-otp-change-email", "true"];
const TO: &str = "ann@new.example.com";

async fn ask(client: &Client, to: &str) -> Response {
    client.post_auth("email-otp/request-email-change", json!({ "newEmail": to })).await
}

async fn change(client: &Client, to: &str, otp: &str) -> Response {
    client.post_auth("email-otp/change-email", json!({ "newEmail": to, "otp": otp })).await
}

async fn code(app: &TestApp, client: &Client, to: &str) -> String {
    assert_eq!(ask(client, to).await.expect_ok(), success());
    newest_code(app, "change-email-code", to).await
}

#[tokio::test]
async fn a_code_of_the_new_address_changes_it() {
    let app = start(&ON).await;
    let ann = ann(&app).await;
    let code = code(&app, &ann, TO).await;
    assert_eq!(app.mails("email-change-requested", EMAIL).await.len(), 1);
    change(&ann, TO, WRONG).await.assert_error(400, "INVALID_OTP");
    assert_eq!(change(&ann, "ANN@new.example.com", &code).await.expect_ok(), success());
    let user = ann.session().await["user"].clone();
    assert_eq!((&user["email"], &user["emailVerified"]), (&json!(TO), &json!(true)));
    assert_eq!(app.mails("email-changed", EMAIL).await.len(), 1);
    app.anonymous().sign_in(TO, PASSWORD).await.expect_ok();
    app.anonymous().sign_in(EMAIL, PASSWORD).await.assert_error(401, "INVALID_EMAIL_OR_PASSWORD");
    assert_plain(&change(&ann, TO, &code).await, "Email is the same");
}

#[tokio::test]
async fn requests_that_change_nothing_are_refused() {
    let app = start(&[]).await;
    let client = app.signed_in("ann").await;
    let disabled = "Change email with OTP is disabled";
    assert_plain(&ask(&client, TO).await, disabled);
    assert_plain(&change(&client, TO, "1").await, disabled);
    let app = app.restart_with(&[super::ON, ON[0], ON[1]]).await;
    let ann = app.anonymous();
    ann.sign_in(EMAIL, PASSWORD).await.expect_ok();
    assert_plain(&ask(&ann, EMAIL).await, "Email is the same");
    ask(&ann, "ann").await.assert_error(400, "INVALID_EMAIL");
    ask(&app.anonymous(), TO).await.assert_error(401, "UNAUTHORIZED");
    change(&app.anonymous(), TO, "1").await.assert_error(401, "UNAUTHORIZED");
    app.clock.advance(TimeDelta::days(1));
    ask(&ann, TO).await.assert_error(403, "SESSION_NOT_FRESH");
}

#[tokio::test]
async fn a_code_belongs_to_one_user_and_one_address() {
    let app = start(&ON).await;
    let (ann, bob) = (ann(&app).await, app.signed_in("bob").await);
    let code = code(&app, &ann, TO).await;
    change(&bob, TO, &code).await.assert_error(400, "INVALID_OTP");
    change(&ann, "other@example.com", &code).await.assert_error(400, "INVALID_OTP");
    // The request was for another purpose.
    super::sign_in(&app.anonymous(), TO, &code).await.assert_error(400, "INVALID_OTP");
    change(&ann, TO, &code).await.expect_ok();
}

#[tokio::test]
async fn an_address_that_was_taken_meanwhile_is_refused() {
    let app = start(&ON).await;
    let ann = ann(&app).await;
    let code = code(&app, &ann, "bob@example.com").await;
    app.signed_in("bob").await;
    let refused = change(&ann, "bob@example.com", &code).await;
    assert_plain(&refused, "Email already in use");
    assert_eq!(ann.session().await["user"]["email"], EMAIL);
}

#[tokio::test]
async fn a_new_password_cancels_the_change() {
    let app = start(&ON).await;
    let ann = ann(&app).await;
    let code = code(&app, &ann, TO).await;
    let fields = [("currentPassword", PASSWORD), ("newPassword", NEW)];
    ann.post_auth_strings("change-password", &fields).await.expect_ok();
    change(&ann, TO, &code).await.assert_error(400, "INVALID_OTP");
}

#[tokio::test]
async fn a_code_of_the_current_address_can_be_required() {
    let app = start(&[&ON[..], &["--auth-email-otp-verify-current-email", "true"]].concat()).await;
    let ann = ann(&app).await;
    assert_plain(&ask(&ann, TO).await, "OTP is required to verify current email");
    request(&app, EMAIL, "email-verification").await.expect_ok();
    let current = newest_code(&app, "verification-code", EMAIL).await;
    let with = async |otp: &str| {
        let body = json!({ "newEmail": TO, "otp": otp });
        ann.post_auth("email-otp/request-email-change", body).await
    };
    with(WRONG).await.assert_error(400, "INVALID_OTP");
    assert_eq!(with(&current).await.expect_ok(), success());
    with(&current).await.assert_error(400, "INVALID_OTP");
    assert!(app.mails("email-change-requested", EMAIL).await.is_empty());
    let code = newest_code(&app, "change-email-code", TO).await;
    change(&ann, TO, &code).await.expect_ok();
    assert_eq!(ann.session().await["user"]["email"], TO);
}
