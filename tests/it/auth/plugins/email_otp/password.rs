//! Password reset with a mailed code.

use serde_json::json;
use tokio::task::JoinSet;

use super::{EMAIL, NEW, WRONG, ann, count, newest_code, request, start, success};
use crate::it::support::{Client, PASSWORD, Response, TestApp, without_unavailable};

async fn code(app: &TestApp) -> String {
    let client = app.anonymous();
    let requested =
        client.post_auth("email-otp/request-password-reset", json!({ "email": EMAIL })).await;
    assert_eq!(requested.expect_ok(), success());
    newest_code(app, "reset-code", EMAIL).await
}

async fn reset(client: &Client, otp: &str, password: &str) -> Response {
    let body = json!({ "email": EMAIL, "otp": otp, "password": password });
    client.post_auth("email-otp/reset-password", body).await
}

#[tokio::test]
async fn a_mailed_code_resets_the_password() {
    let app = start(&[]).await;
    let ann = ann(&app).await;
    let code = code(&app).await;
    let client = app.anonymous();
    reset(&client, WRONG, NEW).await.assert_error(400, "INVALID_OTP");
    reset(&client, &code, "short").await.assert_error(400, "PASSWORD_TOO_SHORT");
    reset(&client, &code, &"x".repeat(129)).await.assert_error(400, "PASSWORD_TOO_LONG");
    assert_eq!(reset(&client, &code, NEW).await.expect_ok(), success());
    assert!(!client.is_signed_in().await && !ann.is_signed_in().await);
    client.sign_in(EMAIL, PASSWORD).await.assert_error(401, "INVALID_EMAIL_OR_PASSWORD");
    client.sign_in(EMAIL, NEW).await.expect_ok();
    assert_eq!(app.mails("password-changed", EMAIL).await.len(), 1);
    reset(&client, &code, PASSWORD).await.assert_error(400, "INVALID_OTP");
}

#[tokio::test]
async fn a_reset_verifies_the_address_and_ends_links_and_foreign_keys() {
    let app = start(&["--auth-revoke-sessions-on-reset", "false"]).await;
    let ann = app.signed_in("ann").await;
    let id = ann.user_id().await;
    for (table, row) in [
        (
            "account",
            format!(
                r#"("id", "accountId", "providerId", "userId", "createdAt", "updatedAt")
            values ('x', '7', 'github', '{id}', '2026-11-20T12:00:00.000Z', '2026-11-20T12:00:00.000Z')"#
            ),
        ),
        (
            "passkey",
            format!(
                r#"("id", "publicKey", "userId", "credentialID", "counter", "deviceType", "backedUp")
            values ('p', 'k', '{id}', 'c', 0, 'singleDevice', false)"#
            ),
        ),
    ] {
        app.database.execute(&format!(r#"insert into "{table}" {row}"#)).await;
    }
    app.anonymous()
        .post_auth_strings("request-password-reset", &[("email", EMAIL)])
        .await
        .expect_ok();
    let link = app.newest_mail("reset", EMAIL).await.link_token();
    request(&app, EMAIL, "forget-password").await.expect_ok();
    let code = newest_code(&app, "reset-code", EMAIL).await;
    reset(&app.anonymous(), &code, NEW).await.expect_ok();
    let verified = r#"select "id" from "user" where "emailVerified" = true"#;
    assert_eq!(app.database.first_column(verified).await, [id]);
    assert_eq!((count(&app, "account").await, count(&app, "passkey").await), (1, 0));
    assert!(!ann.is_signed_in().await, "another person may have signed up");
    app.anonymous().reset_password(&link, PASSWORD).await.assert_error(400, "INVALID_TOKEN");
}

#[tokio::test]
async fn sessions_survive_a_reset_if_configured() {
    let app = start(&["--auth-revoke-sessions-on-reset", "false"]).await;
    let ann = ann(&app).await;
    ann.verify_email(&app, "ann").await;
    reset(&app.anonymous(), &code(&app).await, NEW).await.expect_ok();
    assert!(ann.is_signed_in().await);
}

#[tokio::test]
async fn one_of_twenty_concurrent_resets_succeeds() {
    let app = start(&[]).await;
    ann(&app).await;
    let code = code(&app).await;
    let mut requests = JoinSet::new();
    for index in 0..20 {
        let (client, code) = (app.anonymous(), code.clone());
        requests.spawn(async move {
            let password = format!("horse number {index}");
            let response = reset(&client, &code, &password).await;
            (response.status_and_code(), password)
        });
    }
    let (done, refused): (Vec<_>, Vec<_>) =
        requests.join_all().await.into_iter().partition(|((status, _), _)| *status == 200);
    let refused = without_unavailable(refused.into_iter().map(|(end, _)| end).collect());
    assert_eq!(done.len(), 1, "{done:?} {refused:?}");
    assert!(refused.iter().all(|(_, code)| code == "INVALID_OTP"), "{refused:?}");
    app.anonymous().sign_in(EMAIL, &done[0].1).await.expect_ok();
}

#[tokio::test]
async fn a_checked_code_stays_valid_and_wrong_ones_count() {
    let app = start(&[]).await;
    ann(&app).await;
    let code = code(&app).await;
    let client = app.anonymous();
    let check = async |otp: &str| {
        let body = json!({ "email": EMAIL, "type": "forget-password", "otp": otp });
        client.post_auth("email-otp/check-verification-otp", body).await
    };
    assert_eq!(check(&code).await.expect_ok(), success());
    for _ in 0..2 {
        check(WRONG).await.assert_error(400, "INVALID_OTP");
        check(&code).await.expect_ok();
    }
    reset(&client, WRONG, NEW).await.assert_error(400, "INVALID_OTP");
    check(&code).await.assert_error(403, "TOO_MANY_ATTEMPTS");
    reset(&client, &code, NEW).await.assert_error(400, "INVALID_OTP");
}

/// Only who received the code learns that no user has the address.
#[tokio::test]
async fn a_right_code_of_an_address_without_a_user_is_told_so() {
    let app = start(&[]).await;
    let code = super::sign_in_code(&app, EMAIL).await;
    let body = json!({ "email": EMAIL, "type": "sign-in", "otp": code });
    let checked = app.anonymous().post_auth("email-otp/check-verification-otp", body).await;
    checked.assert_error(400, "USER_NOT_FOUND");
}
