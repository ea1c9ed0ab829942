//! The settings of passkeys.

use serde_json::json;

use super::{
    ON, count, creation_options, request_options, sign_in_with, verify_registration, with_passkey,
};
use crate::it::support::{Answer, Authenticator, BASE_URL, PRESENT, TestApp};

#[tokio::test]
async fn the_options_follow_the_settings() {
    let flags = [
        ON[0],
        "--auth-passkey-rp-id=example.com",
        "--auth-passkey-origin=https://books.example.com",
        "--auth-passkey-rp-name=Books",
        "--auth-passkey-authenticator-attachment=cross-platform",
        "--auth-passkey-resident-key=required",
        "--auth-passkey-user-verification=discouraged",
    ];
    let app = TestApp::start_with(&flags).await;
    let ann = app.signed_in("ann").await;
    let options = creation_options(&ann).await;
    assert_eq!(options["rp"], json!({ "name": "Books", "id": "example.com" }));
    assert_eq!(
        options["authenticatorSelection"],
        json!({
            "residentKey": "required", "userVerification": "discouraged",
            "authenticatorAttachment": "cross-platform", "requireResidentKey": true,
        })
    );
    assert_eq!(request_options(&ann).await["userVerification"], "preferred");
    assert_eq!(request_options(&ann).await["rpId"], "example.com");
}

#[tokio::test]
async fn required_verification_is_checked() {
    let app = TestApp::start_with(&[ON[0], "--auth-passkey-user-verification=required"]).await;
    let (ann, authenticator) = (app.signed_in("ann").await, Authenticator::new());
    let answer = Answer::creation(&creation_options(&ann).await);
    let unverified = Answer { flags: PRESENT, ..answer };
    let response = verify_registration(&ann, authenticator.attest(&unverified)).await;
    response.assert_error(500, "FAILED_TO_VERIFY_REGISTRATION");
    super::register(&ann, &authenticator).await;
    let client = app.anonymous();
    assert_eq!(request_options(&client).await["userVerification"], "required");
    let response = sign_in_with(&client, &authenticator, |answer| answer.flags = PRESENT).await;
    response.assert_error(400, "AUTHENTICATION_FAILED");
    super::sign_in(&client, &authenticator).await.expect_ok();
}

#[tokio::test]
async fn origins_of_the_settings_replace_that_of_the_request() {
    const APP: &str = "android:apk-key-hash:pNiP5iKyQ8JwgGOaKA1zGPUPJIS-0H1xKCQcfIoGLck";
    let origins = format!("--auth-passkey-origin=https://books.example.com/,{APP}");
    let app = TestApp::start_with(&[ON[0], &origins]).await;
    let (ann, authenticator) = (app.signed_in("ann").await, Authenticator::new());
    let answer = Answer::creation(&creation_options(&ann).await);
    let response = verify_registration(&ann, authenticator.attest(&answer)).await;
    response.assert_error(500, "FAILED_TO_VERIFY_REGISTRATION");
    let answer = Answer::creation(&creation_options(&ann).await);
    let answer = Answer { origin: APP.to_owned(), ..answer };
    verify_registration(&ann, authenticator.attest(&answer)).await.expect_ok();
    let client = app.anonymous();
    let sign_in = async |origin: &str| {
        let change = |answer: &mut Answer| answer.origin = origin.to_owned();
        sign_in_with(&client, &authenticator, change).await
    };
    sign_in("https://books.example.com").await.expect_ok();
    sign_in("http://localhost:3000").await.assert_error(400, "AUTHENTICATION_FAILED");
}

/// The referrer policy of a page may hide its origin from the server, and not from authenticators.
#[tokio::test]
async fn a_page_that_hides_its_origin_is_this_server_and_never_null() {
    let (app, ann, authenticator) = with_passkey().await;
    let host = BASE_URL.strip_prefix("http://").unwrap();
    let headers = [("origin", "null"), ("sec-fetch-site", "same-origin"), ("host", host)];
    let client = app.anonymous();
    let sign_in = async |origin: &str| {
        let mut answer = Answer::request(&request_options(&client).await);
        answer.origin = origin.to_owned();
        let body = json!({ "response": authenticator.assert(&answer) });
        let path = "/api/auth/passkey/verify-authentication";
        client.post_with_headers(path, &headers, body).await
    };
    sign_in("null").await.assert_error(400, "AUTHENTICATION_FAILED");
    assert!(!client.is_signed_in().await);
    sign_in(BASE_URL).await.expect_ok();

    let register = async |origin: &str| {
        let mut answer = Answer::creation(&creation_options(&ann).await);
        answer.origin = origin.to_owned();
        let body = json!({ "response": Authenticator::new().attest(&answer) });
        let path = "/api/auth/passkey/verify-registration";
        ann.post_with_headers(path, &headers, body).await
    };
    register("null").await.assert_error(500, "FAILED_TO_VERIFY_REGISTRATION");
    register(BASE_URL).await.expect_ok();
    assert_eq!(count(&app, "passkey").await, 2);
}
