//! Phone numbers: codes by SMS, sign-in with a password, and its reset.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::it::support::{Client, PASSWORD, Response, TestApp};

const ON: &str = "--auth-plugins=phone-number";
const SIGN_UP: &str = "--auth-phone-number-sign-up-on-verification=true";
const REQUIRE: &str = "--auth-phone-number-require-verification=true";
const NUMBER: &str = "+4930123456";
const OTHER: &str = "+4930654321";
const NEW: &str = "another horse battery";
const VERIFICATION: &str = "phone-verification";
const RESET: &str = "phone-password-reset";

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

async fn request_reset(client: &Client, number: &str) -> Response {
    let fields = [("phoneNumber", number)];
    client.post_auth_strings("phone-number/request-password-reset", &fields).await
}

async fn reset(client: &Client, number: &str, otp: &str, password: &str) -> Response {
    let fields = [("phoneNumber", number), ("otp", otp), ("newPassword", password)];
    client.post_auth_strings("phone-number/reset-password", &fields).await
}

/// Returns the code of a reset that was requested.
async fn reset_code(app: &TestApp, number: &str) -> String {
    let answer = request_reset(&app.anonymous(), number).await.expect_ok();
    assert_eq!(answer, json!({ "status": true }));
    newest(app, RESET, number).await
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
async fn the_rows_of_codes_are_better_auths() {
    let app = start(&[]).await;
    let first = code(&app, NUMBER).await;
    let rows = async || {
        let sql = r#"select "identifier" || ' ' || "value" from "verification" order by 1"#;
        app.database.first_column(sql).await
    };
    assert_eq!(rows().await, [format!("phone-number-otp-{NUMBER} {first}:0")]);
    enter(&app.anonymous(), NUMBER, &other(&first)).await.assert_error(400, "INVALID_OTP");
    assert_eq!(rows().await, [format!("phone-number-otp-{NUMBER} {first}:1")]);
    // A Node server writes no attempts after a refused sign-in.
    app.database.execute(r#"update "verification" set "value" = '987654'"#).await;
    enter(&app.anonymous(), NUMBER, "987654").await.assert_error(400, "PHONE_NUMBER_NOT_EXIST");
    assert!(rows().await.is_empty());
    assert!(app.database.first_column(r#"select "id" from "user""#).await.is_empty());
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
async fn a_code_takes_three_attempts_and_counts_for_five_minutes() {
    let app = start(&[SIGN_UP]).await;
    let page = app.anonymous();
    let given = code(&app, NUMBER).await;
    for _ in 0..3 {
        enter(&page, NUMBER, &other(&given)).await.assert_error(400, "INVALID_OTP");
    }
    enter(&page, NUMBER, &given).await.assert_error(403, "TOO_MANY_ATTEMPTS");
    enter(&page, NUMBER, &given).await.assert_error(400, "OTP_NOT_FOUND");
    let late = code(&app, NUMBER).await;
    app.clock.advance(TimeDelta::seconds(301));
    enter(&page, NUMBER, &late).await.assert_error(400, "OTP_EXPIRED");
    // A code belongs to its number, and a new one replaces it.
    let foreign = code(&app, OTHER).await;
    enter(&page, NUMBER, &foreign).await.assert_error(400, "OTP_NOT_FOUND");
    let next = code(&app, OTHER).await;
    if foreign != next {
        enter(&page, OTHER, &foreign).await.assert_error(400, "INVALID_OTP");
    }
    // Of a reset, too.
    let reset_codes = reset(&page, OTHER, &next, NEW).await;
    reset_codes.assert_error(400, "OTP_NOT_FOUND");
    enter(&page, OTHER, &next).await.expect_ok();
}

/// Sends requests in parallel, and returns the outcomes in order.
async fn in_parallel(app: &TestApp, count: usize, code: &str) -> Vec<(u16, String)> {
    let mut requests = JoinSet::new();
    for _ in 0..count {
        let (client, code) = (app.anonymous(), code.to_owned());
        requests.spawn(async move { enter(&client, NUMBER, &code).await.status_and_code() });
    }
    let mut outcomes = requests.join_all().await;
    outcomes.sort();
    outcomes
}

#[tokio::test]
async fn of_fifty_parallel_uses_of_a_code_one_signs_in() {
    let app = start(&[SIGN_UP]).await;
    let given = code(&app, NUMBER).await;
    let mut outcomes = in_parallel(&app, 50, &given).await;
    assert_eq!(outcomes.remove(0), (200, String::new()));
    let gone = (400, "OTP_NOT_FOUND".to_owned());
    assert!(outcomes.iter().all(|outcome| *outcome == gone), "{outcomes:?}");
    assert_eq!(app.database.first_column(r#"select "id" from "session""#).await.len(), 1);
    assert_eq!(app.database.first_column(r#"select "id" from "user""#).await.len(), 1);
}

#[tokio::test]
async fn parallel_wrong_codes_are_compared_three_times_at_most() {
    let app = start(&[SIGN_UP]).await;
    let given = code(&app, NUMBER).await;
    let outcomes = in_parallel(&app, 20, &other(&given)).await;
    let compared = outcomes.iter().filter(|(_, code)| code == "INVALID_OTP").count();
    assert!((1..=3).contains(&compared), "{outcomes:?}");
    assert!(outcomes.iter().all(|(status, _)| *status == 400 || *status == 403), "{outcomes:?}");
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
async fn a_number_gets_five_sms_and_keeps_the_last_code() {
    let app = start(&[SIGN_UP, "--auth-rate-limit", "true"]).await;
    for index in 0..7 {
        let client = app.anonymous().at_address(&format!("203.0.113.{index}"));
        send(&client, NUMBER).await.expect_ok();
    }
    assert_eq!(app.mails(VERIFICATION, NUMBER).await.len(), 5);
    // A client that asks for more codes ends no code that was sent.
    let last = newest(&app, VERIFICATION, NUMBER).await;
    let ann = app.anonymous().at_address("203.0.113.100");
    enter(&ann, NUMBER, &last).await.expect_ok();
    // Ten requests a minute from one address.
    let client = app.anonymous().at_address("203.0.113.200");
    let mut statuses = Vec::new();
    for _ in 0..11 {
        statuses.push(send(&client, OTHER).await.status.as_u16());
    }
    assert_eq!(statuses[9..], [200, 429]);
}

#[tokio::test]
async fn nobody_keeps_the_owner_of_a_number_out_by_its_placeholder() {
    let app = start(&[SIGN_UP]).await;
    let email = "4930123456@phone-number.placeholder.invalid";
    let fields = [("name", "Eve"), ("email", email), ("password", PASSWORD)];
    app.anonymous().post_auth_strings("sign-up/email", &fields).await.expect_ok();
    let ann = app.anonymous();
    let user = enter(&ann, NUMBER, &code(&app, NUMBER).await).await.expect_ok()["user"].clone();
    assert_ne!(user["email"], email);
    assert_eq!(user["phoneNumber"], NUMBER);
    // Nothing is mailed to a placeholder.
    assert!(app.mails("welcome", email).await.is_empty());
}

#[tokio::test]
async fn without_a_webhook_production_sends_no_codes() {
    let app = start(&["--app-env=production"]).await;
    let client = app.anonymous();
    send(&client, NUMBER).await.assert_error(501, "SEND_OTP_NOT_IMPLEMENTED");
    let off = TestApp::start().await;
    assert_eq!(send(&off.anonymous(), NUMBER).await.status.as_u16(), 404);
    let changed = off.signed_in("ann").await;
    changed.post_auth("update-user", json!({ "phoneNumber": NUMBER })).await.assert_error(400, "");
}
