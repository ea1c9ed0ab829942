//! Backup codes.

use serde_json::json;
use tokio::task::JoinSet;

use super::{EMAIL, ON, challenge, column, turn_on, verify};
use crate::it::support::{PASSWORD, TestApp};

#[tokio::test]
async fn each_code_works_once_in_every_form_of_storage() {
    for storage in ["plain", "hashed", "encrypted"] {
        let storage = format!("--auth-two-factor-store-backup-codes={storage}");
        let app = TestApp::start_with(&[ON[0], &storage]).await;
        let factor = turn_on(&app, &app.signed_in("ann").await).await;
        let code = &factor.backup_codes[3];
        let client = challenge(&app, EMAIL).await;
        verify(&client, "backup-code", code).await.expect_ok();
        assert!(client.is_signed_in().await);
        let client = challenge(&app, EMAIL).await;
        verify(&client, "backup-code", code).await.assert_error(401, "INVALID_BACKUP_CODE");
        let stored = column(&app, r#"select "backupCodes" from "twoFactor""#).await.remove(0);
        let is_shown = stored.contains(&factor.backup_codes[0]);
        assert_eq!(is_shown, storage.ends_with("plain"), "{stored}");
        if storage.ends_with("hashed") {
            let hashes: Vec<String> = serde_json::from_str(&stored).unwrap();
            assert_eq!(hashes.len(), 9);
            let response = verify(&client, "backup-code", &hashes[0]).await;
            response.assert_error(401, "INVALID_BACKUP_CODE");
        }
        verify(&client, "backup-code", &factor.backup_codes[0]).await.expect_ok();
    }
}

#[tokio::test]
async fn codes_survive_a_change_of_their_form() {
    let app = TestApp::start_with(&ON).await;
    let factor = turn_on(&app, &app.signed_in("ann").await).await;
    for (index, storage) in ["hashed", "plain", "encrypted", "hashed"].iter().enumerate() {
        let storage = format!("--auth-two-factor-store-backup-codes={storage}");
        let app = app.restart_with(&[ON[0], &storage]).await;
        let client = challenge(&app, EMAIL).await;
        verify(&client, "backup-code", &factor.backup_codes[index]).await.expect_ok();
    }
}

#[tokio::test]
async fn of_ten_parallel_uses_of_one_code_one_succeeds() {
    let app = TestApp::start_with(&ON).await;
    let factor = turn_on(&app, &app.signed_in("ann").await).await;
    let mut requests = JoinSet::new();
    for _ in 0..10 {
        let (client, code) = (challenge(&app, EMAIL).await, factor.backup_codes[0].clone());
        requests
            .spawn(async move { verify(&client, "backup-code", &code).await.status_and_code() });
    }
    let mut outcomes = requests.join_all().await;
    outcomes.retain(|(status, _)| *status != 200);
    assert_eq!(outcomes, vec![(401, "INVALID_BACKUP_CODE".to_owned()); 9]);
}

#[tokio::test]
async fn new_codes_require_the_password_and_end_the_old_ones() {
    let app = TestApp::start_with(&ON).await;
    let ann = app.signed_in("ann").await;
    let generate = async |password: &str| {
        ann.post_auth("two-factor/generate-backup-codes", json!({ "password": password })).await
    };
    generate(PASSWORD).await.assert_error(400, "TWO_FACTOR_NOT_ENABLED");
    let factor = turn_on(&app, &ann).await;
    generate("wrong").await.assert_error(400, "INVALID_PASSWORD");
    let answer = generate(PASSWORD).await.expect_ok();
    assert_eq!(answer["status"], true);
    let codes = answer["backupCodes"].as_array().unwrap();
    assert_eq!(codes.len(), 10);
    let client = challenge(&app, EMAIL).await;
    verify(&client, "backup-code", &factor.backup_codes[0])
        .await
        .assert_error(401, "INVALID_BACKUP_CODE");
    verify(&client, "backup-code", codes[0].as_str().unwrap()).await.expect_ok();
    let bob = app.signed_in("bob").await;
    let body = json!({ "password": PASSWORD });
    bob.post_auth("two-factor/generate-backup-codes", body)
        .await
        .assert_error(400, "TWO_FACTOR_NOT_ENABLED");
    verify(&bob, "backup-code", "a").await.assert_error(400, "BACKUP_CODES_NOT_ENABLED");
}

#[tokio::test]
async fn a_code_can_be_used_without_signing_in() {
    let app = TestApp::start_with(&ON).await;
    let ann = app.signed_in("ann").await;
    let factor = turn_on(&app, &ann).await;
    let client = challenge(&app, EMAIL).await;
    let route = "two-factor/verify-backup-code";
    let body = |index: usize| json!({ "code": factor.backup_codes[index], "disableSession": true });
    let answer = client.post_auth(route, body(0)).await.expect_ok();
    assert!(answer.get("token").is_none(), "{answer}");
    assert_eq!(answer["user"]["email"], EMAIL);
    assert!(!client.is_signed_in().await);
    let answer = ann.post_auth(route, body(1)).await.expect_ok();
    assert_eq!(answer["token"], ann.session_token());
    let again = verify(&challenge(&app, EMAIL).await, "backup-code", &factor.backup_codes[0]).await;
    again.assert_error(401, "INVALID_BACKUP_CODE");
}

#[tokio::test]
async fn amount_and_length_follow_the_settings() {
    let flags = [
        ON[0],
        "--auth-two-factor-backup-codes-amount=3",
        "--auth-two-factor-backup-codes-length=16",
    ];
    let app = TestApp::start_with(&flags).await;
    let factor = turn_on(&app, &app.signed_in("ann").await).await;
    let lengths: Vec<_> = factor.backup_codes.iter().map(String::len).collect();
    assert_eq!(lengths, [17; 3]);
}
