//! The codes of SMS: their rows, their limits, and parallel uses.

use chrono::TimeDelta;
use serde_json::json;
use tokio::task::JoinSet;

use super::{
    NEW, NUMBER, OTHER, SIGN_UP, VERIFICATION, code, enter, newest, other, reset, send, start,
};
use crate::it::support::TestApp;

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
async fn without_a_webhook_production_sends_no_codes() {
    let app = start(&["--app-env=production"]).await;
    let client = app.anonymous();
    send(&client, NUMBER).await.assert_error(501, "SEND_OTP_NOT_IMPLEMENTED");
    let off = TestApp::start().await;
    assert_eq!(send(&off.anonymous(), NUMBER).await.status.as_u16(), 404);
    let changed = off.signed_in("ann").await;
    changed.post_auth("update-user", json!({ "phoneNumber": NUMBER })).await.assert_error(400, "");
}

#[tokio::test]
async fn where_nobody_can_sign_up_a_code_creates_no_user() {
    let app = start(&[SIGN_UP, "--auth-disable-sign-up=true"]).await;
    let code = code(&app, NUMBER).await;
    enter(&app.anonymous(), NUMBER, &code).await.assert_error(400, "PHONE_NUMBER_NOT_EXIST");
    assert!(app.database.first_column(r#"select "id" from "user""#).await.is_empty());
}
