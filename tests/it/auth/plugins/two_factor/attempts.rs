//! Guessing codes.

use chrono::TimeDelta;
use tokio::task::JoinSet;

use super::{CHALLENGE_COOKIE, EMAIL, ON, challenge, column, turn_on, verify};
use crate::it::support::TestApp;

#[tokio::test]
async fn five_wrong_codes_end_a_challenge() {
    for kind in ["totp", "backup-code"] {
        let app = TestApp::start_with(&ON).await;
        let factor = turn_on(&app, &app.signed_in("ann").await).await;
        let client = challenge(&app, EMAIL).await;
        for _ in 0..5 {
            let response = verify(&client, kind, &factor.wrong_code(&app)).await;
            assert_eq!(response.status.as_u16(), 401, "{}", response.text);
        }
        let copy = client.duplicate();
        let response = verify(&client, "totp", &factor.code(&app)).await;
        response.assert_error(400, "TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE");
        assert!(!client.cookies().contains_key(CHALLENGE_COOKIE));
        let response = verify(&copy, "totp", &factor.code(&app)).await;
        response.assert_error(401, "INVALID_TWO_FACTOR_COOKIE");
        verify(&challenge(&app, EMAIL).await, "totp", &factor.code(&app)).await.expect_ok();
    }
}

#[tokio::test]
async fn ten_wrong_codes_lock_the_account_for_a_quarter_of_an_hour() {
    let app = TestApp::start_with(&ON).await;
    let factor = turn_on(&app, &app.signed_in("ann").await).await;
    for _ in 0..2 {
        let client = challenge(&app, EMAIL).await;
        for _ in 0..5 {
            let response = verify(&client, "totp", &factor.wrong_code(&app)).await;
            response.assert_error(401, "INVALID_CODE");
        }
    }
    let client = challenge(&app, EMAIL).await;
    let codes = [("totp", factor.code(&app)), ("backup-code", factor.backup_codes[0].clone())];
    for (kind, code) in codes {
        let response = verify(&client, kind, &code).await;
        response.assert_error(429, "ACCOUNT_TEMPORARILY_LOCKED");
    }
    app.clock.advance(TimeDelta::seconds(901));
    let client = challenge(&app, EMAIL).await;
    verify(&client, "totp", &factor.wrong_code(&app)).await.assert_error(401, "INVALID_CODE");
    verify(&client, "totp", &factor.code(&app)).await.expect_ok();
    let sql = r#"select cast("failedVerificationCount" as text) from "twoFactor""#;
    assert_eq!(column(&app, sql).await, ["0"], "a right code forgets the wrong ones");
}

#[tokio::test]
async fn the_lock_can_be_turned_off() {
    let flags = [ON[0], "--auth-two-factor-account-lockout=false"];
    let app = TestApp::start_with(&flags).await;
    let factor = turn_on(&app, &app.signed_in("ann").await).await;
    for _ in 0..3 {
        let client = challenge(&app, EMAIL).await;
        for _ in 0..5 {
            let response = verify(&client, "totp", &factor.wrong_code(&app)).await;
            response.assert_error(401, "INVALID_CODE");
        }
    }
    verify(&challenge(&app, EMAIL).await, "totp", &factor.code(&app)).await.expect_ok();
}

#[tokio::test]
async fn parallel_wrong_codes_exceed_no_limit() {
    let app = TestApp::start_with(&ON).await;
    let factor = turn_on(&app, &app.signed_in("ann").await).await;
    let client = challenge(&app, EMAIL).await;
    let mut requests = JoinSet::new();
    for _ in 0..30 {
        let (client, code) = (client.duplicate(), factor.wrong_code(&app));
        requests.spawn(async move { verify(&client, "totp", &code).await.status_and_code() });
    }
    let outcomes = requests.join_all().await;
    let wrong = outcomes.iter().filter(|(_, code)| code == "INVALID_CODE").count();
    assert_eq!(wrong, 5, "{outcomes:?}");
    let ended = outcomes.iter().filter(|(_, code)| code.starts_with("TOO_MANY")).count();
    assert_eq!(ended, 1, "{outcomes:?}");
}

#[tokio::test]
async fn of_parallel_answers_with_one_code_one_signs_in() {
    let app = TestApp::start_with(&ON).await;
    let factor = turn_on(&app, &app.signed_in("ann").await).await;
    let mut clients = vec![challenge(&app, EMAIL).await];
    for _ in 0..4 {
        clients.push(clients[0].duplicate());
        clients.push(challenge(&app, EMAIL).await);
    }
    let mut requests = JoinSet::new();
    for client in clients {
        let code = factor.code(&app);
        requests.spawn(async move { verify(&client, "totp", &code).await.status.as_u16() });
    }
    let outcomes = requests.join_all().await;
    assert_eq!(outcomes.iter().filter(|status| **status == 200).count(), 1, "{outcomes:?}");
}

#[tokio::test]
async fn a_stolen_session_cannot_guess_without_limit() {
    let app = TestApp::start_with(&[ON[0], "--auth-rate-limit", "true"]).await;
    let ann = app.signed_in("ann").await.at_address("192.0.2.1");
    let factor = turn_on(&app, &ann).await;
    let mut statuses = Vec::new();
    for index in 0..12 {
        let thief = ann.duplicate().at_address(&format!("198.51.100.{index}"));
        let response = verify(&thief, "totp", &factor.wrong_code(&app)).await;
        statuses.push(response.status.as_u16());
    }
    assert_eq!(statuses[..10], [401; 10]);
    assert_eq!(statuses[10..], [429; 2]);
}
