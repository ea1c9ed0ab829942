//! Sign-in with a passkey.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;
use tokio::task::JoinSet;

use super::{
    ON, count, register, request_options, sign_in, sign_in_with, verify_authentication,
    with_passkey,
};
use crate::it::support::{Answer, Authenticator, PRESENT, TestApp};

#[tokio::test]
async fn a_passkey_signs_in_without_a_user_name() {
    let (app, ann, authenticator) = with_passkey().await;
    let client = app.anonymous();
    let mut options = request_options(&client).await;
    options["challenge"].take();
    let expected = json!({
        "rpId": "localhost", "challenge": null, "timeout": 60_000, "userVerification": "preferred",
    });
    assert_eq!(options.to_string(), expected.to_string());
    let answer = sign_in(&client, &authenticator).await.expect_ok();
    assert_eq!(answer["user"]["id"], ann.user_id().await);
    assert_eq!(answer, client.session().await);
    assert_eq!(answer["session"]["token"], client.session_token());
    assert!(client.is_signed_in().await);
}

#[tokio::test]
async fn the_counter_must_increase_if_there_is_one() {
    let (app, _, authenticator) = with_passkey().await;
    let sign_in = async |counter: u32| {
        sign_in_with(&app.anonymous(), &authenticator, |answer| answer.counter = counter).await
    };
    for counter in [0, 0, 3, 4, 2_147_483_647] {
        sign_in(counter).await.expect_ok();
    }
    // The column has no place for these, so that a clone could not be told.
    for counter in [2_147_483_647, 2_147_483_648, u32::MAX] {
        sign_in(counter).await.assert_error(400, "AUTHENTICATION_FAILED");
    }
    let (app, _, authenticator) = with_passkey().await;
    let sign_in = async |counter: u32| {
        sign_in_with(&app.anonymous(), &authenticator, |answer| answer.counter = counter).await
    };
    sign_in(9).await.expect_ok();
    for counter in [0, 8, 9] {
        sign_in(counter).await.assert_error(400, "AUTHENTICATION_FAILED");
    }
    let stored = r#"select cast("counter" as text) from "passkey""#;
    assert_eq!(app.database.first_column(stored).await, ["9"]);
    sign_in(10).await.expect_ok();
}

#[tokio::test]
async fn a_row_of_better_auth_signs_in() {
    let app = TestApp::start_with(&ON).await;
    let (ann, authenticator) = (app.signed_in("ann").await, Authenticator::ed25519());
    let (key, id) = (BASE64_STANDARD.encode(authenticator.cose()), authenticator.credential_id());
    let user = ann.user_id().await;
    app.database
        .execute(&format!(
            r#"insert into "passkey" ("id", "publicKey", "userId", "credentialID", "counter", "deviceType", "backedUp")
               values ('p', '{key}', '{user}', '{id}', 0, 'singleDevice', false)"#
        ))
        .await;
    let client = app.anonymous();
    sign_in(&client, &authenticator).await.expect_ok();
    let list = client.get_auth("passkey/list-user-passkeys").await.expect_ok();
    assert_eq!(list[0]["createdAt"], json!(null));
    assert_eq!(list[0]["aaguid"], json!(null));
    let known = json!([{ "id": id, "type": "public-key" }]);
    assert_eq!(request_options(&client).await["allowCredentials"], known);
}

#[tokio::test]
async fn the_options_of_a_signed_in_user_allow_their_own_passkeys_alone() {
    let (app, ann, authenticator) = with_passkey().await;
    let (bob, other) = (app.signed_in("bob").await, Authenticator::new());
    // Bob has none yet, so that the options name none.
    let answer = sign_in(&bob.duplicate(), &authenticator).await.expect_ok();
    assert_eq!(answer["user"]["id"], ann.user_id().await);
    register(&bob, &other).await;
    sign_in(&bob, &authenticator).await.assert_error(400, "AUTHENTICATION_FAILED");
    sign_in(&bob, &other).await.expect_ok();
}

#[tokio::test]
async fn only_a_verified_user_skips_the_second_factor() {
    let (app, ann, authenticator) = with_passkey().await;
    let user = ann.user_id().await;
    app.database
        .execute(&format!(
            r#"insert into "twoFactor" ("id", "secret", "backupCodes", "userId", "verified")
               values ('t', 's', '[]', '{user}', true)"#
        ))
        .await;
    app.database.execute(r#"update "user" set "twoFactorEnabled" = true"#).await;
    let app = app.restart_with(&["--auth-plugins=passkey,two-factor"]).await;
    let client = app.anonymous();
    let response = sign_in_with(&client, &authenticator, |answer| answer.flags = PRESENT).await;
    assert_eq!(response.expect_ok()["twoFactorRedirect"], true);
    assert!(!client.is_signed_in().await);
    assert!(client.cookies().contains_key("better-auth.two_factor"));
    let client = app.anonymous();
    let answer = sign_in(&client, &authenticator).await.expect_ok();
    assert_eq!(answer["user"]["twoFactorEnabled"], true);
    assert!(client.is_signed_in().await);
}

#[tokio::test]
async fn a_banned_or_unverified_user_does_not_sign_in() {
    let (app, _, authenticator) = with_passkey().await;
    let sessions = count(&app, "session").await;
    let strict = app.restart_with(&[ON[0], "--auth-require-email-verification=true"]).await;
    let response = sign_in(&strict.anonymous(), &authenticator).await;
    response.assert_error(403, "EMAIL_NOT_VERIFIED");
    app.database.execute(r#"update "user" set "banned" = true"#).await;
    sign_in(&app.anonymous(), &authenticator).await.assert_error(403, "BANNED_USER");
    assert_eq!(count(&app, "session").await, sessions);
}

#[tokio::test]
async fn parallel_responses_to_one_challenge_begin_one_session() {
    let (app, _, authenticator) = with_passkey().await;
    let sessions = count(&app, "session").await;
    let client = app.anonymous();
    let answer = Answer::request(&request_options(&client).await);
    let mut requests = JoinSet::new();
    for _ in 0..10 {
        let (client, response) = (client.duplicate(), authenticator.assert(&answer));
        requests
            .spawn(async move { verify_authentication(&client, response).await.status_and_code() });
    }
    let mut outcomes = requests.join_all().await;
    outcomes.sort();
    assert_eq!(outcomes.remove(0), (200, String::new()));
    for outcome in outcomes {
        assert_eq!(outcome, (400, "CHALLENGE_NOT_FOUND".to_owned()));
    }
    assert_eq!(count(&app, "session").await, sessions + 1);
}

#[tokio::test]
async fn of_parallel_sign_ins_with_one_counter_one_succeeds() {
    let (app, _, authenticator) = with_passkey().await;
    let mut requests = JoinSet::new();
    for _ in 0..6 {
        let client = app.anonymous();
        let mut answer = Answer::request(&request_options(&client).await);
        answer.counter = 5;
        let response = authenticator.assert(&answer);
        requests
            .spawn(async move { verify_authentication(&client, response).await.status_and_code() });
    }
    let mut outcomes = requests.join_all().await;
    outcomes.sort();
    assert_eq!(outcomes.remove(0), (200, String::new()));
    for outcome in outcomes {
        assert_eq!(outcome, (400, "AUTHENTICATION_FAILED".to_owned()));
    }
}
