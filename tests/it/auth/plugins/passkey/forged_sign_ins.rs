//! Sign-ins that are refused.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{
    creation_options, request_options, sign_in, sign_in_with, verify_authentication, with_passkey,
};
use crate::it::support::{Answer, Authenticator, BACKED_UP, PRESENT};

const FAILED: &str = "AUTHENTICATION_FAILED";
const COOKIE: &str = "better-auth.better-auth-passkey";

#[tokio::test]
async fn a_response_of_another_page_party_or_ceremony_is_refused() {
    let (app, _, authenticator) = with_passkey().await;
    let changes: [fn(&mut Answer); 9] = [
        |answer| answer.origin = "https://evil.example".to_owned(),
        |answer| answer.origin = "http://localhost:3000.evil.example".to_owned(),
        |answer| answer.rp_id = "evil.example".to_owned(),
        |answer| answer.kind = "webauthn.create",
        |answer| answer.challenge = "AAAA".to_owned(),
        |answer| answer.flags = 0,
        |answer| answer.flags = PRESENT | BACKED_UP,
        |answer| _ = answer.client_data.insert("crossOrigin".to_owned(), json!(true)),
        |answer| {
            _ = answer.client_data.insert("topOrigin".to_owned(), json!("https://evil.example"));
        },
    ];
    for change in changes {
        let client = app.anonymous();
        sign_in_with(&client, &authenticator, change).await.assert_error(400, FAILED);
        assert!(!client.is_signed_in().await);
    }
    let events = r#"select "outcome" from "auditEvent" where "action" = 'sign-in' and "subject" is not null and "outcome" = 'AUTHENTICATION_FAILED'"#;
    assert!(!app.database.first_column(events).await.is_empty());
}

#[tokio::test]
async fn another_key_or_an_unknown_credential_is_refused() {
    let (app, _, authenticator) = with_passkey().await;
    let client = app.anonymous();
    sign_in(&client, &Authenticator::new()).await.assert_error(401, "PASSKEY_NOT_FOUND");
    for other in [Authenticator::new(), Authenticator::ed25519()] {
        let forged = other.with_id_of(&authenticator);
        sign_in(&client, &forged).await.assert_error(401, FAILED);
    }
    let mut options = request_options(&client).await;
    let mut right = authenticator.assert(&Answer::request(&options));
    let other = authenticator.assert(&Answer { counter: 9, ..Answer::request(&options) });
    right["response"]["authenticatorData"] = other["response"]["authenticatorData"].clone();
    verify_authentication(&client, right).await.assert_error(401, FAILED);
    options = request_options(&client).await;
    let mut right = authenticator.assert(&Answer::request(&options));
    right["response"]["signature"] = json!("");
    verify_authentication(&client, right).await.assert_error(401, FAILED);
    assert!(!client.is_signed_in().await);
}

#[tokio::test]
async fn a_challenge_signs_in_once_within_five_minutes_in_its_browser() {
    let (app, ann, authenticator) = with_passkey().await;
    let client = app.anonymous();
    let refuse = async |client, options: &Value| {
        let response = authenticator.assert(&Answer::request(options));
        let refused = verify_authentication(client, response).await;
        refused.assert_error(400, "CHALLENGE_NOT_FOUND");
    };
    let options = request_options(&client).await;
    let cookie = client.cookies()[COOKIE].clone();
    verify_authentication(&client, authenticator.assert(&Answer::request(&options)))
        .await
        .expect_ok();
    let thief = app.anonymous();
    refuse(&thief, &options).await;
    thief.cookies().insert(COOKIE.to_owned(), cookie.clone());
    refuse(&thief, &options).await;

    // A failed sign-in uses the challenge up.
    let client = app.anonymous();
    let options = request_options(&client).await;
    let wrong = Answer { origin: "https://evil.example".to_owned(), ..Answer::request(&options) };
    let refused = verify_authentication(&client, authenticator.assert(&wrong)).await;
    refused.assert_error(400, FAILED);
    refuse(&client, &options).await;

    let victim = app.anonymous();
    let options = request_options(&victim).await;
    request_options(&thief).await;
    let response = authenticator.assert(&Answer::request(&options));
    verify_authentication(&thief, response).await.assert_error(400, FAILED);
    let forged = format!("{}x", victim.cookies()[COOKIE].split('.').next().unwrap());
    thief.cookies().insert(COOKIE.to_owned(), forged);
    refuse(&thief, &options).await;
    app.clock.advance(TimeDelta::seconds(301));
    refuse(&victim, &options).await;

    let creation = creation_options(&ann).await;
    let answer = Answer { kind: "webauthn.get", ..Answer::creation(&creation) };
    let refused = verify_authentication(&ann, authenticator.assert(&answer)).await;
    refused.assert_error(400, "CHALLENGE_NOT_FOUND");
}

#[tokio::test]
async fn malformed_responses_are_refused() {
    let (app, _, authenticator) = with_passkey().await;
    let client = app.anonymous();
    let changes: [fn(&mut Value); 6] = [
        |response| response["rawId"] = json!("other"),
        |response| response["type"] = json!(null),
        |response| _ = response.as_object_mut().unwrap().remove("response"),
        |response| response["response"]["clientDataJSON"] = json!("W10"),
        |response| response["response"]["authenticatorData"] = json!("AAAA"),
        |response| response["response"]["signature"] = json!(7),
    ];
    for change in changes {
        let answer = Answer::request(&request_options(&client).await);
        let mut response = authenticator.assert(&answer);
        change(&mut response);
        verify_authentication(&client, response).await.assert_error(400, FAILED);
    }
    for (body, message) in [
        (json!({}), "[body.response] Invalid input: expected record, received undefined"),
        (
            json!({ "response": [] }),
            "[body.response] Invalid input: expected record, received array",
        ),
    ] {
        let response = client.post_auth("passkey/verify-authentication", body).await;
        assert_eq!(response.json()["message"], message);
    }
    let body = json!({ "response": { "id": "\0" } });
    request_options(&client).await;
    let response = client.post_auth("passkey/verify-authentication", body).await;
    response.assert_error(401, "PASSKEY_NOT_FOUND");
    let path = "/api/auth/passkey/verify-authentication";
    let response = app.anonymous().post_with_headers(path, &[], json!({ "response": {} })).await;
    assert_eq!(response.json(), json!({ "message": "origin missing" }));
    assert_eq!(response.status.as_u16(), 400);
}
