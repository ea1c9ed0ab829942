//! Registrations that are refused.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{ON, count, creation_options, request_options, verify_registration};
use crate::it::support::{Answer, Authenticator, BACKED_UP, Client, PRESENT, Response, TestApp};

async fn register_with(client: &Client, change: impl FnOnce(&mut Answer)) -> Response {
    let mut answer = Answer::creation(&creation_options(client).await);
    change(&mut answer);
    verify_registration(client, Authenticator::new().attest(&answer)).await
}

#[tokio::test]
async fn a_response_of_another_page_party_or_ceremony_is_refused() {
    let app = TestApp::start_with(&ON).await;
    let ann = app.signed_in("ann").await;
    let changes: [fn(&mut Answer); 9] = [
        |answer| answer.origin = "https://evil.example".to_owned(),
        |answer| answer.origin = "http://localhost:3000/".to_owned(),
        |answer| answer.rp_id = "evil.example".to_owned(),
        |answer| answer.kind = "webauthn.get",
        |answer| answer.challenge = "AAAA".to_owned(),
        |answer| answer.flags = 0,
        |answer| answer.flags = PRESENT | BACKED_UP,
        |answer| _ = answer.client_data.insert("crossOrigin".to_owned(), json!(true)),
        |answer| {
            _ = answer.client_data.insert("topOrigin".to_owned(), json!("https://evil.example"));
        },
    ];
    for change in changes {
        let response = register_with(&ann, change).await;
        response.assert_error(500, "FAILED_TO_VERIFY_REGISTRATION");
    }
    assert_eq!(count(&app, "passkey").await, 0);
    register_with(&ann, |_| ()).await.expect_ok();
}

#[tokio::test]
async fn a_challenge_registers_once_in_the_browser_and_the_session_that_began() {
    let app = TestApp::start_with(&ON).await;
    let (ann, bob) = (app.signed_in("ann").await, app.signed_in("bob").await);
    let attest = |options: &Value| Authenticator::new().attest(&Answer::creation(options));
    let options = creation_options(&ann).await;
    verify_registration(&ann, attest(&options)).await.expect_ok();
    verify_registration(&ann, attest(&options)).await.assert_error(400, "CHALLENGE_NOT_FOUND");

    let options = creation_options(&ann).await;
    verify_registration(&bob, attest(&options)).await.assert_error(400, "CHALLENGE_NOT_FOUND");
    let cookie = ann.cookies()["better-auth.better-auth-passkey"].clone();
    bob.cookies().insert("better-auth.better-auth-passkey".to_owned(), cookie);
    let response = verify_registration(&bob, attest(&options)).await;
    response.assert_error(401, "YOU_ARE_NOT_ALLOWED_TO_REGISTER_THIS_PASSKEY");

    let options = creation_options(&ann).await;
    app.clock.advance(TimeDelta::seconds(301));
    verify_registration(&ann, attest(&options)).await.assert_error(400, "CHALLENGE_NOT_FOUND");

    let request = request_options(&ann).await;
    let answer = Answer { rp_id: "localhost".to_owned(), ..Answer::request(&request) };
    let answer = Answer { kind: "webauthn.create", ..answer };
    let response = verify_registration(&ann, Authenticator::new().attest(&answer)).await;
    response.assert_error(400, "CHALLENGE_NOT_FOUND");
    assert_eq!(count(&app, "passkey").await, 1);
}

#[tokio::test]
async fn an_attestation_must_be_that_of_the_new_key() {
    let app = TestApp::start_with(&ON).await;
    let ann = app.signed_in("ann").await;
    for authenticator in [Authenticator::new(), Authenticator::ed25519()] {
        let answer = Answer::creation(&creation_options(&ann).await);
        let forged = authenticator.self_attest(&answer, &Authenticator::ed25519());
        let response = verify_registration(&ann, forged).await;
        response.assert_error(400, "FAILED_TO_VERIFY_REGISTRATION");
        let answer = Answer::creation(&creation_options(&ann).await);
        let attested = authenticator.self_attest(&answer, &authenticator);
        verify_registration(&ann, attested).await.expect_ok();
    }
}

#[tokio::test]
async fn malformed_responses_are_refused() {
    let app = TestApp::start_with(&ON).await;
    let ann = app.signed_in("ann").await;
    let changes: [fn(&mut Value); 9] = [
        |response| *response = json!({}),
        |response| response["id"] = json!("other"),
        |response| response["type"] = json!("password"),
        |response| response["response"] = json!([]),
        |response| response["response"]["clientDataJSON"] = json!("e30"),
        |response| response["response"]["clientDataJSON"] = json!("!"),
        |response| response["response"]["attestationObject"] = json!("oA"),
        |response| response["response"]["transports"] = json!("usb"),
        |response| response["response"]["transports"] = json!(["a,b"]),
    ];
    for change in changes {
        let answer = Answer::creation(&creation_options(&ann).await);
        let mut response = Authenticator::new().attest(&answer);
        change(&mut response);
        let refused = verify_registration(&ann, response).await;
        refused.assert_error(500, "FAILED_TO_VERIFY_REGISTRATION");
    }
    let body = json!({ "response": {} });
    let headers = [("referer", "http://localhost:3000/passkeys")];
    let path = "/api/auth/passkey/verify-registration";
    let response = ann.post_with_headers(path, &headers, body.clone()).await;
    response.assert_error(400, "FAILED_TO_VERIFY_REGISTRATION");
    let headers = [("origin", "https://evil.example")];
    ann.post_with_headers(path, &headers, body).await.assert_error(403, "INVALID_ORIGIN");
    assert_eq!(count(&app, "passkey").await, 0);
}
