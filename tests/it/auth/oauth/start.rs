//! The start of a sign-in.

use serde_json::{Value, json};

use super::{BOOKS, start_with, value_in};
use crate::it::{
    auth::redirects::{AMBIGUOUS_PATHS, FOREIGN_URLS},
    support::{BASE_URL, TestApp},
};

const SOCIAL: &str = "sign-in/social";

#[tokio::test]
async fn every_page_of_a_sign_in_is_on_a_trusted_origin() {
    let (app, _providers) = TestApp::start_with_providers(&["github"], &[]).await;
    let client = app.anonymous();
    for url in AMBIGUOUS_PATHS.into_iter().chain(FOREIGN_URLS) {
        for (field, code) in [
            ("callbackURL", "INVALID_CALLBACK_URL"),
            ("errorCallbackURL", "INVALID_ERROR_CALLBACK_URL"),
            ("newUserCallbackURL", "INVALID_NEW_USER_CALLBACK_URL"),
        ] {
            let body = json!({ "provider": "github", field: url });
            client.post_auth(SOCIAL, body).await.assert_error(403, code);
        }
    }
    assert!(client.cookies().is_empty());
}

#[tokio::test]
async fn a_client_cannot_choose_where_the_provider_sends_the_code() {
    let (app, _providers) = TestApp::start_with_providers(&["github", "acme"], &[]).await;
    let client = app.anonymous();
    for name in ["redirect_uri", "state", "client_id", "code_challenge", "nonce", "scope"] {
        let body = json!({
            "provider": "github", "additionalParams": { name: "https://evil.example" },
        });
        client.post_auth(SOCIAL, body).await.assert_error(400, "VALIDATION_ERROR");
    }
    for (provider, header) in [("github", "host"), ("acme", "x-forwarded-host")] {
        let headers = [("origin", BASE_URL), (header, "evil.example")];
        let body = json!({ "provider": provider, "callbackURL": BOOKS });
        let answer = client.post_with_headers("/api/auth/sign-in/social", &headers, body).await;
        let url = answer.expect_ok()["url"].as_str().unwrap().to_owned();
        let expected = format!("{BASE_URL}/api/auth/callback/{provider}");
        assert_eq!(value_in(&url, "redirect_uri"), expected);
    }
}

#[tokio::test]
async fn additional_data_is_stored_beside_the_internal_data_and_is_limited() {
    let (app, providers) = TestApp::start_with_providers(&["github"], &[]).await;
    let client = app.anonymous();
    let evil = "https://evil.example";
    let internal = json!({
        "callbackURL": evil, "errorURL": evil, "newUserURL": evil, "codeVerifier": "known",
        "oauthState": "known", "expiresAt": 9e15, "requestSignUp": true, "idTokenNonce": "known",
        "link": { "userId": "u", "email": "a@b.co" }, "serverContext": { "provider": "acme" },
        "theme": { "dark": true },
    });
    let url = start_with(&client, "github", json!({ "additionalData": internal })).await;
    let rows = app.database.first_column(r#"select "value" from "verification""#).await;
    let stored: Value = serde_json::from_str(&rows[0]).unwrap();
    assert_eq!(stored["theme"], json!({ "dark": true }));
    assert_eq!(stored["callbackURL"], BOOKS);
    assert_eq!(stored["oauthState"], value_in(&url, "state"));
    assert_eq!(stored["serverContext"], json!({ "provider": "github" }));
    assert_eq!(stored["codeVerifier"].as_str().unwrap().len(), 128);
    assert_eq!(stored.get("link"), None);
    assert_eq!(stored.get("newUserURL"), None);
    let response = client.get(&providers.authorize("github", &url)).await;
    assert_eq!(super::location(&response), BOOKS);

    let long = json!({ "provider": "github", "additionalData": { "a": "b".repeat(9_000) } });
    client.post_auth(SOCIAL, long).await.assert_error(413, "PAYLOAD_TOO_LARGE");
    let deep = format!("{}{}", "[".repeat(3_000), "]".repeat(3_000));
    let deep: Box<serde_json::value::RawValue> = serde_json::from_str(&deep).unwrap();
    let body = format!(r#"{{"provider":"github","additionalData":{{"a":{deep}}}}}"#);
    let request = axum::http::Request::post("/api/auth/sign-in/social")
        .header("content-type", "application/json")
        .header("origin", BASE_URL)
        .body(body.into());
    let url = client.send(request.unwrap()).await.expect_ok()["url"].as_str().unwrap().to_owned();
    client.get(&providers.authorize("github", &url)).await;
    assert!(client.is_signed_in().await);
}

#[tokio::test]
async fn an_unknown_provider_is_not_found() {
    let (app, _providers) = TestApp::start_with_providers(&["github"], &[]).await;
    for provider in ["google", "none", "", "credential", "../github"] {
        let body = json!({ "provider": provider });
        let response = app.anonymous().post_auth(SOCIAL, body).await;
        response.assert_error(404, "PROVIDER_NOT_FOUND");
    }
}
