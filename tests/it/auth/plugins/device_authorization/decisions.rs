//! Users who claim, approve and deny requests.

use chrono::TimeDelta;
use serde_json::json;
use tokio::task::JoinSet;

use super::{DeviceClient, ON, approve, approved, assert_refused, deny, poll, review};
use crate::it::support::TestApp;

#[tokio::test]
async fn only_the_user_who_claimed_a_request_decides() {
    let app = TestApp::start_with(&[ON]).await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    let device = DeviceClient::begin(&app).await;
    let code = &device.user_code;
    for response in [approve(&ann, code).await, deny(&ann, code).await] {
        assert_refused(&response, 400, "invalid_request");
        assert!(response.text.contains("has not been claimed"), "{}", response.text);
    }
    // Without a session, a code is neither claimed nor described.
    let seen = json!({ "user_code": code, "status": "pending" });
    assert_eq!(review(&app.anonymous(), code).await.expect_ok(), seen);
    for response in [approve(&app.anonymous(), code).await, deny(&app.anonymous(), code).await] {
        assert_refused(&response, 401, "unauthorized");
    }
    review(&ann, code).await.expect_ok();
    assert_eq!(review(&bob, code).await.expect_ok(), seen);
    assert_refused(&approve(&bob, code).await, 403, "access_denied");
    assert_refused(&deny(&bob, code).await, 403, "access_denied");
    assert_refused(&device.poll().await, 400, "authorization_pending");
    approve(&ann, code).await.expect_ok();
    app.clock.advance(TimeDelta::seconds(5));
    device.poll().await.expect_ok();

    // A device client may name its user in advance.
    let user = bob.user_id().await;
    let body = json!({ "client_id": "tv", "user_id": user });
    let codes = app.anonymous().post_auth("device/code", body).await.expect_ok();
    let code = codes["user_code"].as_str().unwrap();
    assert!(review(&ann, code).await.expect_ok().get("client_id").is_none());
    assert_refused(&approve(&ann, code).await, 403, "access_denied");
    approve(&bob, code).await.expect_ok();
    let headers = [("origin", "https://evil.example")];
    let body = json!({ "userCode": code });
    let foreign = bob.post_with_headers("/api/auth/device/approve", &headers, body).await;
    foreign.assert_error(403, "INVALID_ORIGIN");
}

#[tokio::test]
async fn of_parallel_claims_and_polls_one_succeeds() {
    let app = TestApp::start_with(&[ON, "--auth-device-authorization-interval=0"]).await;
    let mut users = Vec::new();
    for name in ["ann", "bob", "cyd", "dan"] {
        users.push(app.signed_in(name).await);
    }
    let device = DeviceClient::begin(&app).await;
    let mut claims = JoinSet::new();
    for user in &users {
        let (user, code) = (user.duplicate(), device.user_code.clone());
        claims.spawn(async move {
            let seen = review(&user, &code).await.expect_ok();
            (seen.get("client_id").is_some(), approve(&user, &code).await.status.as_u16())
        });
    }
    let outcomes = claims.join_all().await;
    assert_eq!(outcomes.iter().filter(|one| **one == (true, 200)).count(), 1, "{outcomes:?}");
    // 400: the first user has approved already.
    let is_refused = |one: &&(bool, u16)| matches!(**one, (false, 400 | 403));
    assert_eq!(outcomes.iter().filter(is_refused).count(), 3, "{outcomes:?}");

    let mut polls = JoinSet::new();
    for _ in 0..20 {
        let (client, code) = (device.client.duplicate(), device.code.clone());
        polls.spawn(async move { poll(&client, &code, "tv").await });
    }
    let answers = polls.join_all().await;
    let tokens = answers.iter().filter(|answer| answer.status.as_u16() == 200).count();
    assert_eq!(tokens, 1);
    for refused in answers.iter().filter(|answer| answer.status.as_u16() != 200) {
        assert_refused(refused, 400, "invalid_grant");
    }
}

#[tokio::test]
async fn a_revocation_succeeds_while_device_clients_poll_and_ends_their_sessions() {
    let app = TestApp::start_with(&[ON, "--auth-device-authorization-interval=0"]).await;
    let ann = app.signed_in("ann").await;
    for round in 0..10 {
        let devices = [approved(&app, &ann).await, approved(&app, &ann).await];
        let (first, second, revoked) = tokio::join!(
            devices[0].poll(),
            devices[1].poll(),
            ann.post_auth("revoke-other-sessions", json!({})),
        );
        revoked.expect_ok();
        for polled in [first, second] {
            let body = polled.json();
            let Some(token) = body["access_token"].as_str() else {
                assert_refused(&polled, 400, "invalid_grant");
                continue;
            };
            let session = app.anonymous().get_with_bearer("/api/auth/get-session", token).await;
            assert!(session.json().is_null(), "round {round}: {}", session.text);
        }
    }
}

#[tokio::test]
async fn guesses_of_user_codes_are_limited() {
    let app = TestApp::start_with(&[ON, "--auth-rate-limit", "true"]).await;
    let ann = app.signed_in("ann").await;
    for _ in 0..5 {
        assert_refused(&review(&ann, "AAAAAAAA").await, 400, "invalid_request");
    }
    assert_eq!(review(&ann, "AAAAAAAA").await.status.as_u16(), 429);
    app.clock.advance(TimeDelta::minutes(29));
    assert_eq!(review(&ann, "AAAAAAAA").await.status.as_u16(), 429);

    for _ in 0..10 {
        assert_refused(&approve(&ann, "AAAAAAAA").await, 400, "invalid_request");
    }
    assert_eq!(deny(&ann, "AAAAAAAA").await.status.as_u16(), 429);
    // Of one user alone.
    let bob = app.anonymous().at_address("192.0.2.7");
    bob.sign_up("bob").await;
    assert_refused(&deny(&bob, "AAAAAAAA").await, 400, "invalid_request");
}
