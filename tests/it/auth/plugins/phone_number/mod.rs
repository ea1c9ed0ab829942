//! Phone numbers: codes by SMS, sign-in with a password, and its reset.

mod changes;
mod codes;
mod enumeration;
mod password;

use serde_json::{Value, json};

use crate::it::support::{Client, PASSWORD, Response, TestApp};

const ON: &str = "--auth-plugins=phone-number";
const SIGN_UP: &str = "--auth-phone-number-sign-up-on-verification=true";
const NUMBER: &str = "+4930123456";
const OTHER: &str = "+4930654321";
const NEW: &str = "another horse battery";
const VERIFICATION: &str = "phone-verification";

async fn start(flags: &[&str]) -> TestApp {
    TestApp::start_with(&[&[ON], flags].concat()).await
}

async fn send(client: &Client, number: &str) -> Response {
    client.post_auth_strings("phone-number/send-otp", &[("phoneNumber", number)]).await
}

/// Returns the code of the newest SMS.
async fn newest(app: &TestApp, kind: &str, number: &str) -> String {
    app.newest_mail(kind, number).await.text.split(' ').next().unwrap().to_owned()
}

/// Sends a code, and returns it.
async fn code(app: &TestApp, number: &str) -> String {
    let sent = send(&app.anonymous(), number).await.expect_ok();
    assert_eq!(sent, json!({ "message": "code sent" }));
    newest(app, VERIFICATION, number).await
}

/// A code that is not this one.
fn other(code: &str) -> String {
    code.chars().map(|digit| if digit == '0' { '1' } else { '0' }).collect()
}

async fn verify(client: &Client, number: &str, code: &str, more: Value) -> Response {
    let mut body = json!({ "phoneNumber": number, "code": code });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.post_auth("phone-number/verify", body).await
}

async fn enter(client: &Client, number: &str, code: &str) -> Response {
    verify(client, number, code, json!({})).await
}

async fn add(client: &Client, number: &str, code: &str) -> Response {
    verify(client, number, code, json!({ "updatePhoneNumber": true })).await
}

async fn sign_in(client: &Client, number: &str, password: &str) -> Response {
    let fields = [("phoneNumber", number), ("password", password)];
    client.post_auth_strings("sign-in/phone-number", &fields).await
}

/// A user with a password and this verified number.
async fn member(app: &TestApp, name: &str, number: &str) -> Client {
    let client = app.signed_in(name).await;
    add(&client, number, &code(app, number).await).await.expect_ok();
    client
}

async fn reset(client: &Client, number: &str, otp: &str, password: &str) -> Response {
    let fields = [("phoneNumber", number), ("otp", otp), ("newPassword", password)];
    client.post_auth_strings("phone-number/reset-password", &fields).await
}

#[tokio::test]
async fn a_code_signs_up_and_later_signs_in() {
    let app = start(&[SIGN_UP]).await;
    let first = code(&app, NUMBER).await;
    assert!(first.len() == 6 && first.bytes().all(|digit| digit.is_ascii_digit()), "{first}");
    let ann = app.anonymous();
    enter(&ann, NUMBER, &other(&first)).await.assert_error(400, "INVALID_OTP");
    let answer = enter(&ann, NUMBER, &first).await.expect_ok();
    assert_eq!(answer["status"], true);
    let user = &answer["user"];
    assert_eq!(user["phoneNumber"], NUMBER);
    assert_eq!(user["phoneNumberVerified"], true);
    assert_eq!(user["email"], "4930123456@phone-number.placeholder.invalid");
    assert_eq!((&user["emailVerified"], &user["name"]), (&json!(false), &json!("User 56")));
    assert_eq!(ann.session().await["session"]["token"], answer["token"]);
    enter(&ann, NUMBER, &first).await.assert_error(400, "OTP_NOT_FOUND");

    let page = app.anonymous();
    let again = enter(&page, NUMBER, &code(&app, NUMBER).await).await.expect_ok();
    assert_eq!(again["user"]["id"], user["id"]);
    assert_eq!(page.session().await["user"]["id"], user["id"]);
    let silent = app.anonymous();
    let given = code(&app, NUMBER).await;
    let checked = verify(&silent, NUMBER, &given, json!({ "disableSession": true })).await;
    assert_eq!(checked.expect_ok()["token"], Value::Null);
    assert!(silent.has_no_session() && checked.set_cookies().is_empty());
}

#[tokio::test]
async fn a_number_is_added_to_a_user_and_signs_in_with_the_password() {
    let app = start(&[]).await;
    let ann = app.signed_in("ann").await;
    let added = add(&ann, NUMBER, &code(&app, NUMBER).await).await.expect_ok();
    assert_eq!(added["token"], ann.session().await["session"]["token"]);
    assert_eq!(ann.session().await["user"]["phoneNumber"], NUMBER);
    let page = app.anonymous();
    let answer = sign_in(&page, NUMBER, PASSWORD).await.expect_ok();
    assert_eq!(page.session().await["session"]["token"], answer["token"]);
    let wrong = "INVALID_PHONE_NUMBER_OR_PASSWORD";
    sign_in(&page, NUMBER, "wrong horse battery").await.assert_error(401, wrong);
    sign_in(&page, NUMBER, "").await.assert_error(401, wrong);
    sign_in(&page, NUMBER, &"x".repeat(129)).await.assert_error(400, "PASSWORD_TOO_LONG");
    for number in ["12345", "030123456", "+49 30 123456", ""] {
        sign_in(&page, number, PASSWORD).await.assert_error(400, "INVALID_PHONE_NUMBER");
        send(&page, number).await.assert_error(400, "INVALID_PHONE_NUMBER");
    }
    page.post_auth("sign-in/phone-number", json!({})).await.assert_error(400, "VALIDATION_ERROR");
}

#[tokio::test]
async fn only_its_code_sets_a_number_and_one_user_has_it() {
    let app = start(&[]).await;
    let ann = member(&app, "ann", NUMBER).await;
    let bob = app.signed_in("bob").await;
    let taken = add(&bob, NUMBER, &code(&app, NUMBER).await).await;
    taken.assert_error(400, "PHONE_NUMBER_EXIST");
    let nobody = add(&app.anonymous(), OTHER, &code(&app, OTHER).await).await;
    nobody.assert_error(401, "USER_NOT_FOUND");
    let set = bob.post_auth("update-user", json!({ "phoneNumber": OTHER })).await;
    set.assert_error(400, "PHONE_NUMBER_CANNOT_BE_UPDATED");
    let fields = json!({
        "name": "Cid", "email": "cid@example.com", "password": PASSWORD, "phoneNumber": OTHER,
    });
    let set = app.anonymous().post_auth("sign-up/email", fields).await;
    set.assert_error(400, "PHONE_NUMBER_CANNOT_BE_SET");
    ann.post_auth("update-user", json!({ "phoneNumber": null })).await.expect_ok();
    assert_eq!(ann.session().await["user"]["phoneNumber"], Value::Null);
    let verified =
        r#"select "name" from "user" where "phoneNumberVerified" = false and "name" = 'ann'"#;
    assert_eq!(app.database.first_column(verified).await, ["ann"]);
    add(&bob, NUMBER, &code(&app, NUMBER).await).await.expect_ok();
}

#[tokio::test]
async fn a_banned_user_gets_no_session() {
    let app = start(&[]).await;
    member(&app, "ann", NUMBER).await;
    app.database.execute(r#"update "user" set "banned" = true"#).await;
    let client = app.anonymous();
    sign_in(&client, NUMBER, PASSWORD).await.assert_error(403, "BANNED_USER");
    let given = code(&app, NUMBER).await;
    enter(&client, NUMBER, &given).await.assert_error(403, "BANNED_USER");
    assert!(client.has_no_session());
    enter(&client, NUMBER, &given).await.assert_error(400, "OTP_NOT_FOUND");
}

#[tokio::test]
async fn a_second_factor_is_asked_for() {
    let app = TestApp::start_with(&["--auth-plugins=phone-number,two-factor"]).await;
    member(&app, "ann", NUMBER).await;
    app.database.execute(r#"update "user" set "twoFactorEnabled" = true"#).await;
    let given = code(&app, NUMBER).await;
    for answer in [
        sign_in(&app.anonymous(), NUMBER, PASSWORD).await,
        enter(&app.anonymous(), NUMBER, &given).await,
    ] {
        let body = answer.expect_ok();
        assert_eq!(body["twoFactorRedirect"], true);
        assert!(body.get("token").is_none(), "{body}");
    }
    let sessions = app.database.first_column(r#"select "id" from "session""#).await;
    assert_eq!(sessions.len(), 1);
}

#[tokio::test]
async fn nobody_keeps_the_owner_of_a_number_out_by_its_placeholder() {
    let app = start(&[SIGN_UP]).await;
    let email = "4930123456@phone-number.placeholder.invalid";
    let fields = [("name", "Eve"), ("email", email), ("password", PASSWORD)];
    let refused = app.anonymous().post_auth_strings("sign-up/email", &fields).await;
    refused.assert_error(400, "VALIDATION_ERROR");
    // A Node server allows it.
    app.signed_in("eve").await;
    app.database.execute(&format!(r#"update "user" set "email" = '{email}'"#)).await;
    let ann = app.anonymous();
    let user = enter(&ann, NUMBER, &code(&app, NUMBER).await).await.expect_ok()["user"].clone();
    assert_ne!(user["email"], email);
    assert_eq!(user["phoneNumber"], NUMBER);
    // Nothing is mailed to a placeholder.
    assert!(app.mails("welcome", email).await.is_empty());
}

#[tokio::test]
async fn a_number_that_was_prepared_ends_when_the_owner_of_the_mailbox_resets_the_password() {
    let app = start(&[]).await;
    let attacker = member(&app, "ann", NUMBER).await;
    let email = [("email", "ann@example.com")];
    app.anonymous().post_auth_strings("request-password-reset", &email).await.expect_ok();
    let token = app.newest_mail("reset", "ann@example.com").await.link_token();
    app.anonymous().reset_password(&token, NEW).await.expect_ok();
    assert!(!attacker.is_signed_in().await);

    send(&app.anonymous(), NUMBER).await.expect_ok();
    let numbers = r#"select "id" from "user" where "phoneNumber" is not null"#;
    assert!(app.database.first_column(numbers).await.is_empty());
    sign_in(&app.anonymous(), NUMBER, NEW)
        .await
        .assert_error(401, "INVALID_PHONE_NUMBER_OR_PASSWORD");
    app.anonymous().sign_in("ann@example.com", NEW).await.expect_ok();
}
