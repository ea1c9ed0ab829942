//! One phone or mailbox is one factor.

use serde_json::{Value, json};

use super::{EMAIL, challenge_in, sessions, turn_on, verify};
use crate::it::support::{Client, PASSWORD, Response, TestApp};

const PLUGINS: &str = "--auth-plugins=two-factor,phone-number,email-otp,magic-link";
const NUMBER: &str = "+4930123456";
const USED: &str = "OTP_CHANNEL_ALREADY_USED";

async fn start(otp: &str) -> TestApp {
    TestApp::start_with(&[PLUGINS, &format!("--auth-two-factor-otp={otp}")]).await
}

/// The code of the newest message, which begins with it or has it on a line.
async fn newest(app: &TestApp, kind: &str, to: &str) -> String {
    let text = app.newest_mail(kind, to).await.text;
    let is_code = |word: &&str| word.len() == 6 && word.bytes().all(|c| c.is_ascii_digit());
    text.split_whitespace().find(is_code).unwrap().to_owned()
}

/// Gives a code by SMS.
async fn by_sms(app: &TestApp, client: &Client, more: Value) -> Response {
    app.anonymous()
        .post_auth("phone-number/send-otp", json!({ "phoneNumber": NUMBER }))
        .await
        .expect_ok();
    let code = newest(app, "phone-verification", NUMBER).await;
    let mut body = json!({ "phoneNumber": NUMBER, "code": code });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.post_auth("phone-number/verify", body).await
}

/// Gives a mailed code.
async fn by_mail(app: &TestApp, client: &Client) -> Response {
    let body = json!({ "email": EMAIL, "type": "sign-in" });
    client.post_auth("email-otp/send-verification-otp", body).await.expect_ok();
    let otp = newest(app, "sign-in-code", EMAIL).await;
    client.post_auth("sign-in/email-otp", json!({ "email": EMAIL, "otp": otp })).await
}

async fn send(client: &Client) -> Response {
    client.post_auth("two-factor/send-otp", json!({})).await
}

/// Neither a code is sent for the challenge, nor is one accepted.
async fn assert_refused(client: &Client) {
    send(client).await.assert_error(400, USED);
    verify(client, "otp", "123456").await.assert_error(400, USED);
    assert!(!client.is_signed_in().await);
}

#[tokio::test]
async fn a_phone_that_gave_the_first_factor_does_not_give_the_second() {
    let app = start("sms").await;
    let ann = app.signed_in("ann").await;
    by_sms(&app, &ann, json!({ "updatePhoneNumber": true })).await.expect_ok();
    let factor = turn_on(&app, &ann).await;

    let page = app.anonymous();
    let body = by_sms(&app, &page, json!({})).await.expect_ok();
    assert_eq!(body, json!({ "twoFactorRedirect": true, "twoFactorMethods": ["totp"] }));
    assert_refused(&page).await;
    assert!(app.mails("two-factor-code", NUMBER).await.is_empty());
    assert_eq!(sessions(&app).await, 1);
    verify(&page, "totp", &factor.next_code(&app)).await.expect_ok();
    assert!(page.is_signed_in().await);
    let left = r#"select "id" from "verification" where "identifier" like '2fa-first-%'"#;
    assert!(app.database.first_column(left).await.is_empty());

    // After another first factor it does.
    for first in ["password", "mail"] {
        let page = app.anonymous();
        let body = match first {
            "password" => challenge_in(&page, EMAIL).await,
            _ => by_mail(&app, &page).await.expect_ok(),
        };
        assert_eq!(body["twoFactorMethods"], json!(["totp", "otp"]), "{first}");
        send(&page).await.expect_ok();
        let code = newest(&app, "two-factor-code", NUMBER).await;
        verify(&page, "otp", &code).await.expect_ok();
        assert!(page.is_signed_in().await, "{first}");
    }
}

#[tokio::test]
async fn a_mailbox_that_gave_the_first_factor_does_not_give_the_second() {
    let app = start("mail").await;
    let ann = app.signed_in("ann").await;
    ann.verify_email(&app, "ann").await;
    by_sms(&app, &ann, json!({ "updatePhoneNumber": true })).await.expect_ok();
    let body = json!({ "password": PASSWORD, "method": "otp" });
    ann.post_auth("two-factor/enable", body).await.expect_ok();

    let page = app.anonymous();
    let body = by_mail(&app, &page).await.expect_ok();
    assert_eq!(body, json!({ "twoFactorRedirect": true, "twoFactorMethods": [] }));
    assert_refused(&page).await;

    let page = app.anonymous();
    page.post_auth("sign-in/magic-link", json!({ "email": EMAIL })).await.expect_ok();
    let link = app.newest_mail("magic-link", EMAIL).await.link_path();
    let opened = page.get(&link).await;
    let target = opened.header("location");
    assert!(target.ends_with("twoFactorRedirect=true&twoFactorMethods="), "{target}");
    assert_refused(&page).await;
    assert_eq!(sessions(&app).await, 1);

    let page = app.anonymous();
    let body = by_sms(&app, &page, json!({})).await.expect_ok();
    assert_eq!(body["twoFactorMethods"], json!(["otp"]));
    send(&page).await.expect_ok();
    let code = newest(&app, "two-factor-code", EMAIL).await;
    verify(&page, "otp", &code).await.expect_ok();
    assert!(page.is_signed_in().await);
}
