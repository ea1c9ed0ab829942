//! Codes of another purpose, parallel tries, and limits.

use chrono::TimeDelta;
use serde_json::json;
use tokio::task::JoinSet;

use super::{
    EMAIL, NEW, ON, WRONG, ann, assert_plain, newest_code, request, sign_in, sign_in_code, start,
};
use crate::it::support::TestApp;

#[tokio::test]
async fn one_of_fifty_concurrent_uses_of_a_code_succeeds() {
    for known in [true, false] {
        let app = start(&[]).await;
        if known {
            ann(&app).await;
        }
        let code = sign_in_code(&app, EMAIL).await;
        let mut requests = JoinSet::new();
        for _ in 0..50 {
            let (client, code) = (app.anonymous(), code.clone());
            requests.spawn(async move { sign_in(&client, EMAIL, &code).await.status_and_code() });
        }
        let ends = requests.join_all().await;
        let done = ends.iter().filter(|(status, _)| *status == 200).count();
        assert_eq!(done, 1, "{ends:?}");
        let refused = ends.iter().filter(|(_, code)| code == "INVALID_OTP").count();
        assert!(refused > 0, "{ends:?}");
        assert_eq!(super::count(&app, "user").await, 1);
    }
}

#[tokio::test]
async fn parallel_wrong_codes_end_the_code() {
    let app = start(&[]).await;
    let code = sign_in_code(&app, EMAIL).await;
    let mut requests = JoinSet::new();
    for _ in 0..50 {
        let client = app.anonymous();
        requests.spawn(async move { sign_in(&client, EMAIL, WRONG).await.status_and_code() });
    }
    let ends = requests.join_all().await;
    assert!(ends.iter().all(|(status, _)| [400, 403, 503].contains(status)), "{ends:?}");
    assert!(ends.iter().filter(|(status, _)| *status == 403).count() <= 1, "{ends:?}");
    let values = app.database.first_column(r#"select "value" from "verification""#).await;
    assert!(values.len() <= 1, "{values:?}");
    // Further tries complete what parallel ones may not have counted.
    for _ in 0..3 {
        sign_in(&app.anonymous(), EMAIL, WRONG).await;
    }
    let (status, _) = sign_in(&app.anonymous(), EMAIL, &code).await.status_and_code();
    assert!([400, 403].contains(&status), "{status}");
}

/// better-auth's commit 664c1d7a9a: a request for the same code must not revive one that is used
/// at that moment.
#[tokio::test]
async fn a_code_that_is_mailed_again_while_it_is_used_signs_in_once() {
    let app = start(&["--auth-email-otp-resend-strategy", "reuse"]).await;
    ann(&app).await;
    let code = sign_in_code(&app, EMAIL).await;
    let mut requests = JoinSet::new();
    for index in 0..30 {
        let (client, code) = (app.anonymous(), code.clone());
        requests.spawn(async move {
            if index % 2 == 0 {
                return sign_in(&client, EMAIL, &code).await.status.as_u16();
            }
            let body = json!({ "email": EMAIL, "type": "sign-in" });
            client.post_auth("email-otp/send-verification-otp", body).await;
            0
        });
    }
    let ends = requests.join_all().await;
    let (status, _) = sign_in(&app.anonymous(), EMAIL, &code).await.status_and_code();
    let done = ends.into_iter().chain([status]).filter(|status| *status == 200).count();
    assert!(done <= 1, "{done}");
}

#[tokio::test]
async fn a_code_of_another_purpose_or_address_is_refused() {
    let app = start(&[]).await;
    ann(&app).await;
    app.signed_in("bob").await;
    request(&app, EMAIL, "email-verification").await.expect_ok();
    let verification = newest_code(&app, "verification-code", EMAIL).await;
    request(&app, EMAIL, "forget-password").await.expect_ok();
    let reset = newest_code(&app, "reset-code", EMAIL).await;
    let sign_in_code = sign_in_code(&app, EMAIL).await;
    let client = app.anonymous();
    // Equal codes by chance are right.
    for wrong in [&verification, &reset].into_iter().filter(|code| **code != sign_in_code) {
        sign_in(&client, EMAIL, wrong).await.assert_error(400, "INVALID_OTP");
    }
    sign_in(&client, "bob@example.com", &sign_in_code).await.assert_error(400, "INVALID_OTP");
    let body = json!({ "email": EMAIL, "otp": sign_in_code, "password": NEW });
    let refused = client.post_auth("email-otp/reset-password", body).await;
    assert!(sign_in_code == reset || refused.status.as_u16() == 400, "{}", refused.text);
    let body = json!({ "email": EMAIL, "otp": sign_in_code });
    let refused = client.post_auth("email-otp/verify-email", body).await;
    assert!(sign_in_code == verification || refused.status.as_u16() == 400, "{}", refused.text);
    assert!(!client.is_signed_in().await);
}

#[tokio::test]
async fn a_password_reset_ends_the_codes_that_were_mailed_before() {
    let app = start(&[]).await;
    ann(&app).await;
    let before = sign_in_code(&app, EMAIL).await;
    app.anonymous()
        .post_auth_strings("request-password-reset", &[("email", EMAIL)])
        .await
        .expect_ok();
    let token = app.newest_mail("reset", EMAIL).await.link_token();
    app.anonymous().reset_password(&token, NEW).await.expect_ok();
    sign_in(&app.anonymous(), EMAIL, &before).await.assert_error(400, "INVALID_OTP");
    let after = sign_in_code(&app, EMAIL).await;
    sign_in(&app.anonymous(), EMAIL, &after).await.expect_ok();
}

#[tokio::test]
async fn a_client_that_has_too_many_codes_mailed_does_not_end_the_last_one() {
    let flags = [ON, "--auth-rate-limit", "true", "--auth-email-otp-expires-in", "3600"];
    let app = TestApp::start_with(&flags).await;
    for _ in 0..7 {
        app.clock.advance(TimeDelta::seconds(61));
        request(&app, EMAIL, "sign-in").await.expect_ok();
    }
    let mails = app.mails("sign-in-code", EMAIL).await;
    assert_eq!(mails.len(), 5);
    app.clock.advance(TimeDelta::seconds(61));
    let last = super::code_in(&mails[0]);
    sign_in(&app.anonymous(), EMAIL, &last).await.expect_ok();
    for _ in 0..2 {
        sign_in(&app.anonymous(), EMAIL, WRONG).await.assert_error(400, "INVALID_OTP");
    }
    assert_eq!(sign_in(&app.anonymous(), EMAIL, WRONG).await.status.as_u16(), 429);
}

#[tokio::test]
async fn malformed_requests_are_refused() {
    let app = start(&[]).await;
    let client = app.anonymous();
    let options = r#""email-verification"|"sign-in"|"forget-password"|"change-email""#;
    let refused = request(&app, EMAIL, "other").await;
    refused.assert_error(400, "VALIDATION_ERROR");
    let message = format!("[body.type] Invalid option: expected one of {options}");
    assert_eq!(refused.json()["message"], message);
    request(&app, "ann", "sign-in").await.assert_error(400, "INVALID_EMAIL");
    assert_plain(&request(&app, EMAIL, "change-email").await, "Invalid OTP type");
    for route in ["check-verification-otp", "verify-email", "reset-password"] {
        let body = json!({
            "email": "ann", "otp": "1", "type": "sign-in", "password": NEW,
        });
        let refused = client.post_auth(&format!("email-otp/{route}"), body).await;
        refused.assert_error(400, "INVALID_EMAIL");
    }
    for address in ["ann", "", "ann@example.com\0", "é@x.com"] {
        sign_in(&client, address, "1").await.assert_error(400, "INVALID_OTP");
    }
    sign_in(&client, EMAIL, "\0").await.assert_error(400, "INVALID_OTP");
    let headers = [("origin", "https://evil.example")];
    for route in ["sign-in/email-otp", "email-otp/send-verification-otp", "email-otp/verify-email"]
    {
        let body = json!({ "email": EMAIL, "otp": "1", "type": "sign-in" });
        let path = format!("/api/auth/{route}");
        let refused = app.anonymous().post_with_headers(&path, &headers, body).await;
        refused.assert_error(403, "INVALID_ORIGIN");
    }
    let off = start(&["--app-env", "production"]).await;
    let refused = request(&off, EMAIL, "sign-in").await;
    assert_plain(&refused, "send email verification is not implemented");
}
