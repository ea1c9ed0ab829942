//! Registration of passkeys.

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{
    ON, count, creation_options, register, request_options, sign_in, verify_registration,
    with_passkey,
};
use crate::it::support::{
    Answer, Authenticator, BACKED_UP, BACKUP_ELIGIBLE, PASSWORD, PRESENT, TestApp,
};

const COOKIE: &str = "better-auth.better-auth-passkey";

#[tokio::test]
async fn the_options_are_those_of_better_auth() {
    let app = TestApp::start_with(&ON).await;
    let ann = app.signed_in("ann").await;
    let path =
        "passkey/generate-register-options?name=Key&context=c&authenticatorAttachment=platform";
    let response = ann.get_auth(path).await;
    let cookie = response.set_cookies().into_iter().find(|line| line.starts_with(COOKIE)).unwrap();
    assert!(cookie.ends_with("; Max-Age=300; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
    let mut options = response.expect_ok();
    let challenge = options["challenge"].take();
    assert_eq!(challenge.as_str().unwrap().len(), 43);
    assert_eq!(options["user"]["id"].take().as_str().unwrap().len(), 43);
    let expected = json!({
        "challenge": null,
        "rp": { "name": "Bookplate", "id": "localhost" },
        "user": { "id": null, "name": "Key", "displayName": "ann@example.com" },
        "pubKeyCredParams": [
            { "alg": -8, "type": "public-key" },
            { "alg": -7, "type": "public-key" },
            { "alg": -257, "type": "public-key" },
        ],
        "timeout": 60_000,
        "attestation": "none",
        "excludeCredentials": [],
        "authenticatorSelection": {
            "residentKey": "preferred", "userVerification": "preferred",
            "authenticatorAttachment": "platform", "requireResidentKey": false,
        },
        "extensions": { "credProps": true },
        "hints": [],
    });
    assert_eq!(options.to_string(), expected.to_string());
    let stored = app.database.first_column(r#"select "value" from "verification""#).await;
    let stored: Value = serde_json::from_str(&stored[0]).unwrap();
    let id = ann.user_id().await;
    let user = json!({ "id": id, "name": "ann@example.com", "displayName": "ann@example.com" });
    assert_eq!(
        stored,
        json!({
            "type": "registration", "expectedChallenge": challenge, "userData": user,
            "context": "c",
        })
    );
}

#[tokio::test]
async fn a_passkey_is_stored_as_by_better_auth() {
    let app = TestApp::start_with(&ON).await;
    let (ann, authenticator) = (app.signed_in("ann").await, Authenticator::new());
    let answer = Answer {
        counter: 7,
        flags: PRESENT | BACKUP_ELIGIBLE | BACKED_UP,
        ..Answer::creation(&creation_options(&ann).await)
    };
    let body = json!({ "response": authenticator.attest(&answer), "name": " My key\u{feff}" });
    let passkey = ann.post_auth("passkey/verify-registration", body).await.expect_ok();
    let expected = json!({
        "name": "My key",
        "publicKey": BASE64_STANDARD.encode(authenticator.cose()),
        "userId": ann.user_id().await,
        "credentialID": authenticator.credential_id(),
        "counter": 7,
        "deviceType": "multiDevice",
        "backedUp": true,
        "transports": "internal,hybrid",
        "createdAt": "2026-11-20T12:00:00.000Z",
        "aaguid": "00000000-0000-0000-0000-000000000000",
        "id": passkey["id"],
    });
    assert_eq!(passkey.to_string(), expected.to_string());
    let list = ann.get_auth("passkey/list-user-passkeys").await.expect_ok();
    assert_eq!(list, json!([passkey]));
    let event = r#"select "outcome" from "auditEvent" where "action" = 'add-passkey'"#;
    assert_eq!(app.database.first_column(event).await, ["done"]);
    assert_eq!(count(&app, "session").await, 1);
}

#[tokio::test]
async fn known_passkeys_are_named_in_the_options_and_not_registered_again() {
    let (app, ann, authenticator) = with_passkey().await;
    let id = authenticator.credential_id();
    let known = json!([
        { "id": id, "transports": ["internal", "hybrid"], "type": "public-key" },
    ]);
    assert_eq!(creation_options(&ann).await["excludeCredentials"], known);
    assert_eq!(request_options(&ann).await["allowCredentials"], known);
    let bob = app.signed_in("bob").await;
    for (client, authenticator) in
        [(&ann, &authenticator), (&bob, &Authenticator::new().with_id_of(&authenticator))]
    {
        let answer = Answer::creation(&creation_options(client).await);
        let response = verify_registration(client, authenticator.attest(&answer)).await;
        response.assert_error(400, "PREVIOUSLY_REGISTERED");
    }
    assert_eq!(count(&app, "passkey").await, 1);
}

#[tokio::test]
async fn a_known_model_of_an_authenticator_has_a_name() {
    let app = TestApp::start_with(&ON).await;
    let (ann, mut authenticator) = (app.signed_in("ann").await, Authenticator::new());
    authenticator.aaguid.copy_from_slice(&hex::decode("d548826e79b4db40a3d811116f7e8349").unwrap());
    let passkey = register(&ann, &authenticator).await;
    assert_eq!(passkey["aaguid"], "d548826e-79b4-db40-a3d8-11116f7e8349");
    assert_eq!(passkey["authenticator"], "Bitwarden");
    assert_eq!(passkey["name"], Value::Null);
}

#[tokio::test]
async fn a_registration_may_begin_a_session() {
    let app = TestApp::start_with(&ON).await;
    let (ann, authenticator) = (app.signed_in("ann").await, Authenticator::ed25519());
    let before = ann.session_token();
    let answer = Answer::creation(&creation_options(&ann).await);
    let body = json!({ "response": authenticator.attest(&answer), "createSession": true });
    let made = ann.post_auth("passkey/verify-registration", body).await.expect_ok();
    assert_eq!(made["credentialID"], authenticator.credential_id());
    assert_ne!(ann.session_token(), before);
    assert_eq!(made["session"]["token"], ann.session_token());
    assert_eq!(made["session"], ann.session().await["session"]);
    assert_eq!(made["user"], ann.session().await["user"]);
    sign_in(&app.anonymous(), &authenticator).await.expect_ok();
}

#[tokio::test]
async fn a_registration_requires_a_fresh_session() {
    let app = TestApp::start_with(&ON).await;
    let (ann, authenticator) = (app.signed_in("ann").await, Authenticator::new());
    let answer = Answer::creation(&creation_options(&ann).await);
    let anonymous = app.anonymous();
    let path = "passkey/generate-register-options";
    anonymous.get_auth(path).await.assert_error(401, "UNAUTHORIZED");
    verify_registration(&anonymous, json!({})).await.assert_error(401, "UNAUTHORIZED");
    app.clock.advance(TimeDelta::days(1));
    ann.get_auth(path).await.assert_error(403, "SESSION_NOT_FRESH");
    let response = verify_registration(&ann, authenticator.attest(&answer)).await;
    response.assert_error(403, "SESSION_NOT_FRESH");
    assert_eq!(count(&app, "passkey").await, 0);
}

/// A thief registers a passkey while the owner ends all other sessions.
#[tokio::test]
async fn a_session_that_ends_meanwhile_leaves_no_session_behind() {
    let app = TestApp::start_with(&ON).await;
    let owner = app.signed_in("ann").await;
    for round in 0..15 {
        let thief = app.anonymous();
        thief.sign_in("ann@example.com", PASSWORD).await.expect_ok();
        let answer = Answer::creation(&creation_options(&thief).await);
        let response = Authenticator::new().attest(&answer);
        let body = json!({ "response": response, "createSession": true });
        let (_, revoked) = tokio::join!(
            thief.post_auth("passkey/verify-registration", body),
            owner.post_auth("revoke-other-sessions", json!({})),
        );
        revoked.expect_ok();
        assert!(!thief.is_signed_in().await, "round {round}");
    }
}

#[tokio::test]
async fn wrong_fields_are_refused_with_better_auths_messages() {
    let app = TestApp::start_with(&ON).await;
    let ann = app.signed_in("ann").await;
    let response =
        ann.get_auth("passkey/generate-register-options?authenticatorAttachment=x").await;
    response.assert_error(400, "VALIDATION_ERROR");
    let expected = r#"[query.authenticatorAttachment] Invalid option: expected one of "platform"|"cross-platform""#;
    assert_eq!(response.json()["message"], expected);
    let body = json!({ "name": 5, "createSession": 1 });
    let response = ann.post_auth("passkey/verify-registration", body).await;
    let expected = "[body.response] Invalid input: expected nonoptional, received undefined; \
                    [body.name] Invalid input: expected string, received number; \
                    [body.createSession] Invalid input: expected boolean, received number";
    assert_eq!(response.json()["message"], expected);
}

#[tokio::test]
async fn without_the_plugin_there_are_no_routes() {
    let app = TestApp::start().await;
    let response = app.anonymous().get_auth("passkey/generate-authenticate-options").await;
    assert_eq!(response.status.as_u16(), 404);
}
