//! Sign-in with a mailed code.

use chrono::TimeDelta;
use serde_json::json;

use super::{EMAIL, ON, WRONG, ann, count, request, sign_in, sign_in_code, start};
use crate::it::support::{PASSWORD, TestApp};

#[tokio::test]
async fn a_mailed_code_signs_in_once() {
    let app = start(&[]).await;
    let id = ann(&app).await.user_id().await;
    let code = sign_in_code(&app, EMAIL).await;
    assert_eq!(code.len(), 6);
    let client = app.anonymous();
    let answer = sign_in(&client, "ANN@example.com", &code).await.expect_ok();
    assert_eq!((&answer["user"]["id"], &answer["user"]["email"]), (&json!(id), &json!(EMAIL)));
    assert_eq!(client.session().await["session"]["token"], answer["token"]);
    assert_eq!(answer.as_object().unwrap().len(), 2);
    sign_in(&app.anonymous(), EMAIL, &code).await.assert_error(400, "INVALID_OTP");
    app.anonymous().sign_in(EMAIL, PASSWORD).await.expect_ok();
}

#[tokio::test]
async fn a_code_signs_up_a_new_user() {
    let app = start(&["--auth-email-otp-otp-length", "8"]).await;
    let code = sign_in_code(&app, "new@example.com").await;
    assert_eq!(code.len(), 8);
    let client = app.anonymous();
    let body = json!({
        "email": "New@example.com", "otp": code, "name": "Nora", "image": "/n.png", "x": [1],
    });
    let user = client.post_auth("sign-in/email-otp", body).await.expect_ok()["user"].clone();
    assert_eq!((&user["name"], &user["image"]), (&json!("Nora"), &json!("/n.png")));
    assert_eq!((&user["email"], &user["emailVerified"]), (&json!("new@example.com"), &json!(true)));
    assert!(client.is_signed_in().await);
    assert_eq!(app.mails("welcome", "new@example.com").await.len(), 1);
    let code = sign_in_code(&app, "eve@example.com").await;
    let body = json!({ "email": "eve@example.com", "otp": code, "role": "admin" });
    let refused = app.anonymous().post_auth("sign-in/email-otp", body).await;
    refused.assert_error(400, "FIELD_NOT_ALLOWED");
    assert_eq!(count(&app, "user").await, 1);
}

#[tokio::test]
async fn after_three_wrong_codes_the_right_one_is_refused() {
    let app = start(&[]).await;
    let code = sign_in_code(&app, EMAIL).await;
    let client = app.anonymous();
    for _ in 0..3 {
        sign_in(&client, EMAIL, WRONG).await.assert_error(400, "INVALID_OTP");
    }
    sign_in(&client, EMAIL, &code).await.assert_error(403, "TOO_MANY_ATTEMPTS");
    sign_in(&client, EMAIL, &code).await.assert_error(400, "INVALID_OTP");
    let code = sign_in_code(&app, EMAIL).await;
    sign_in(&client, EMAIL, WRONG).await.assert_error(400, "INVALID_OTP");
    sign_in(&client, EMAIL, &code).await.expect_ok();
}

#[tokio::test]
async fn a_code_expires_and_a_further_request_replaces_it() {
    let app = start(&["--auth-email-otp-expires-in", "60"]).await;
    let code = sign_in_code(&app, EMAIL).await;
    app.clock.advance(TimeDelta::milliseconds(60_001));
    sign_in(&app.anonymous(), EMAIL, &code).await.assert_error(400, "OTP_EXPIRED");
    sign_in(&app.anonymous(), EMAIL, &code).await.assert_error(400, "INVALID_OTP");
    let first = sign_in_code(&app, EMAIL).await;
    let second = sign_in_code(&app, EMAIL).await;
    assert_ne!(first, second);
    sign_in(&app.anonymous(), EMAIL, &first).await.assert_error(400, "INVALID_OTP");
    sign_in(&app.anonymous(), EMAIL, &second).await.expect_ok();
}

#[tokio::test]
async fn a_code_can_be_mailed_again_for_longer_with_its_wrong_tries() {
    for storage in ["plain", "encrypted"] {
        let flags =
            ["--auth-email-otp-resend-strategy", "reuse", "--auth-email-otp-store-otp", storage];
        let app = start(&flags).await;
        let client = app.anonymous();
        let code = sign_in_code(&app, EMAIL).await;
        sign_in(&client, EMAIL, WRONG).await.assert_error(400, "INVALID_OTP");
        app.clock.advance(TimeDelta::minutes(4));
        assert_eq!(sign_in_code(&app, EMAIL).await, code);
        app.clock.advance(TimeDelta::minutes(4));
        for _ in 0..2 {
            sign_in(&client, EMAIL, WRONG).await.assert_error(400, "INVALID_OTP");
        }
        // It allows no further tries.
        let other = sign_in_code(&app, EMAIL).await;
        assert_ne!(other, code);
        sign_in(&client, EMAIL, &other).await.expect_ok();
        assert_ne!(sign_in_code(&app, EMAIL).await, other, "a used code is not mailed again");
    }
    let flags =
        ["--auth-email-otp-resend-strategy", "reuse", "--auth-email-otp-store-otp", "hashed"];
    let app = start(&flags).await;
    assert_ne!(sign_in_code(&app, EMAIL).await, sign_in_code(&app, EMAIL).await);
}

#[tokio::test]
async fn codes_are_stored_as_by_better_auth() {
    for (storage, length) in [("plain", 6), ("hashed", 43), ("encrypted", 2 * (24 + 6 + 16))] {
        let app = start(&["--auth-email-otp-store-otp", storage]).await;
        let code = sign_in_code(&app, EMAIL).await;
        let row = r#"select "identifier" || '|' || "value" from "verification""#;
        let row = app.database.first_column(row).await.remove(0);
        let stored = row.strip_prefix("sign-in-otp-ann@example.com|").unwrap();
        let stored = stored.strip_suffix(":0").unwrap();
        assert_eq!((stored.len(), stored == code), (length, storage == "plain"), "{storage}");
        sign_in(&app.anonymous(), EMAIL, WRONG).await.assert_error(400, "INVALID_OTP");
        sign_in(&app.anonymous(), EMAIL, &code).await.expect_ok();
    }
}

/// better-auth keeps the older codes; the latest one is valid.
#[tokio::test]
async fn a_code_that_a_node_server_mailed_works() {
    let app = start(&[]).await;
    for (id, code, minute) in [("a", "111111:2", 58), ("b", "222222:0", 59), ("c", "333333:1", 57)]
    {
        let insert = format!(
            r#"insert into "verification" ("id", "identifier", "value", "expiresAt", "createdAt", "updatedAt")
               values ('{id}', 'sign-in-otp-{EMAIL}', '{code}', '2026-11-20T12:02:00.000Z',
                       '2026-11-20T11:{minute}:00.000Z', '2026-11-20T11:{minute}:00.000Z')"#
        );
        app.database.execute(&insert).await;
    }
    sign_in(&app.anonymous(), EMAIL, "111111").await.assert_error(400, "INVALID_OTP");
    sign_in(&app.anonymous(), EMAIL, "222222").await.expect_ok();
    sign_in(&app.anonymous(), EMAIL, "333333").await.assert_error(400, "INVALID_OTP");
}

#[tokio::test]
async fn a_banned_user_is_refused_and_a_second_factor_is_asked_for() {
    let app = start(&[]).await;
    ann(&app).await;
    let sessions = count(&app, "session").await;
    app.database.execute(r#"update "user" set "twoFactorEnabled" = true"#).await;
    let client = app.anonymous();
    let answer = sign_in(&client, EMAIL, &sign_in_code(&app, EMAIL).await).await.expect_ok();
    assert_eq!(answer["twoFactorRedirect"], true);
    assert!(!client.is_signed_in().await);
    app.database.execute(r#"update "user" set "banned" = true"#).await;
    let code = sign_in_code(&app, EMAIL).await;
    sign_in(&client, EMAIL, &code).await.assert_error(403, "BANNED_USER");
    assert_eq!(count(&app, "session").await, sessions);
}

#[tokio::test]
async fn an_account_that_was_prepared_for_the_owner_is_of_no_use() {
    let app = start(&[]).await;
    let eve = app.signed_in("ann").await;
    let id = eve.user_id().await;
    let ann = app.anonymous();
    let answer = sign_in(&ann, EMAIL, &sign_in_code(&app, EMAIL).await).await.expect_ok();
    assert_eq!(
        (&answer["user"]["id"], &answer["user"]["emailVerified"]),
        (&json!(id), &json!(true))
    );
    assert!(!eve.is_signed_in().await && ann.is_signed_in().await);
    app.anonymous().sign_in(EMAIL, PASSWORD).await.assert_error(401, "INVALID_EMAIL_OR_PASSWORD");
    assert_eq!(count(&app, "account").await, 0);
}

#[tokio::test]
async fn the_password_of_a_pending_sign_up_does_not_survive() {
    let app = start(&["--auth-require-email-verification", "true"]).await;
    let body = json!({ "name": "Eve", "email": EMAIL, "password": PASSWORD });
    app.anonymous().post_auth("sign-up/email", body).await.expect_ok();
    let link = app.newest_mail("verification", EMAIL).await;
    sign_in(&app.anonymous(), EMAIL, &sign_in_code(&app, EMAIL).await).await.expect_ok();
    app.anonymous().sign_in(EMAIL, PASSWORD).await.assert_error(401, "INVALID_EMAIL_OR_PASSWORD");
    let opened = app.anonymous().open_link(&link).await;
    assert_eq!(opened.header("location"), "/?error=INVALID_TOKEN");
}

#[tokio::test]
async fn where_nobody_can_sign_up_a_code_creates_no_user() {
    for closed in ["--auth-email-otp-disable-sign-up", "--auth-disable-sign-up"] {
        let open = start(&[]).await;
        let code = sign_in_code(&open, EMAIL).await;
        let app = open.restart_with(&[ON, closed, "true"]).await;
        sign_in(&app.anonymous(), EMAIL, &code).await.assert_error(400, "INVALID_OTP");
        assert_eq!(count(&app, "user").await, 0);
        request(&app, EMAIL, "sign-in").await.expect_ok();
        assert_eq!(app.mails("sign-in-code", EMAIL).await.len(), 1);
    }
}

#[tokio::test]
async fn without_the_plugin_there_is_no_route() {
    let app = TestApp::start().await;
    assert_eq!(request(&app, EMAIL, "sign-in").await.status.as_u16(), 404);
    assert_eq!(sign_in(&app.anonymous(), EMAIL, "1").await.status.as_u16(), 404);
}
