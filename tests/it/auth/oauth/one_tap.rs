//! Sign-in by Google's One Tap.

use serde_json::json;

use super::{EMAIL, count, sign_in, verify};
use crate::it::{
    auth::redirects::FOREIGN_URLS,
    support::{Client, FakeProviders, Response, Signature, TestApp},
};

const ON: [&str; 1] = ["--auth-plugins=one-tap"];

async fn tap(client: &Client, token: &str) -> Response {
    client.post_auth("one-tap/callback", json!({ "idToken": token })).await
}

fn token(providers: &FakeProviders) -> String {
    providers.id_token("google", None)
}

#[tokio::test]
async fn an_id_token_of_google_signs_in_as_the_callback_does() {
    let (app, providers) = TestApp::start_with_providers(&["google"], &ON).await;
    let ann = app.anonymous();
    let answer = tap(&ann, &token(&providers)).await.expect_ok();
    assert_eq!(answer["user"]["email"], EMAIL);
    assert_eq!(answer["user"]["emailVerified"], true);
    assert_eq!(ann.session().await["session"]["token"], answer["token"]);
    let accounts = ann.get_auth("list-accounts").await.expect_ok();
    assert_eq!(accounts[0]["providerId"], "google");
    assert_eq!(accounts[0]["accountId"], "1001");
    assert_eq!(accounts[0]["scopes"], json!(["openid", "profile", "email"]));
    let again = app.anonymous();
    sign_in(&again, &providers, "google").await;
    assert_eq!(again.session().await["user"]["id"], answer["user"]["id"]);
    assert_eq!(count(&app, "account").await, 1);
}

#[tokio::test]
async fn a_token_that_google_did_not_issue_for_this_service_is_refused() {
    let (app, providers) = TestApp::start_with_providers(&["google"], &ON).await;
    let client = app.anonymous();
    let refuse = async |token: &str| {
        let response = tap(&client, token).await;
        assert_eq!(response.status.as_u16(), 400, "{}", response.text);
        assert_eq!(response.json()["message"], "invalid id token");
    };
    for signature in [
        Signature::Es256,
        Signature::None,
        Signature::PublicKeyAsSecret,
        Signature::ForeignKey,
        Signature::UnknownKey,
        Signature::Altered,
    ] {
        providers.change("google", |state| state.signature = signature);
        refuse(&token(&providers)).await;
    }
    providers.change("google", |state| state.signature = Signature::Rs256);
    let now = app.clock.now().timestamp();
    for claims in [
        json!({ "aud": "another-client" }),
        json!({ "iss": "https://evil.example" }),
        json!({ "exp": now - 3600, "iat": now - 7200 }),
        json!({ "iat": now + 3600, "exp": now + 7200 }),
        json!({ "sub": null }),
        json!({ "exp": null }),
    ] {
        let claims = claims.as_object().unwrap().clone();
        providers.change("google", |state| state.claims = claims);
        refuse(&token(&providers)).await;
    }
    providers.change("google", |state| state.claims.clear());
    for malformed in ["", "x", "a.b.c"] {
        refuse(malformed).await;
    }
    assert_eq!(count(&app, "user").await, 0);
    assert!(!client.is_signed_in().await);
}

#[tokio::test]
async fn the_linking_rules_are_those_of_every_sign_in() {
    let (app, providers) = TestApp::start_with_providers(&["google"], &ON).await;
    let ann = app.signed_in("ann").await;
    let refused = tap(&app.anonymous(), &token(&providers)).await;
    assert_eq!(refused.status.as_u16(), 401, "{}", refused.text);
    assert_eq!(refused.json(), json!({ "message": "account not linked" }));
    verify(&app, EMAIL).await;
    let answer = tap(&app.anonymous(), &token(&providers)).await.expect_ok();
    assert_eq!(answer["user"]["id"], ann.user_id().await);
    providers.change("google", |state| state.user["email"] = json!(null));
    let client = app.anonymous();
    let response = tap(&client, &token(&providers)).await;
    assert_eq!(response.json()["message"], "Email not available in token");
}

#[tokio::test]
async fn a_foreign_page_and_a_foreign_target_are_refused() {
    let (app, providers) = TestApp::start_with_providers(&["google"], &ON).await;
    let ann = app.signed_in("bob").await;
    let body = json!({ "idToken": token(&providers) });
    let headers = [("origin", "https://evil.example")];
    let response = ann.post_with_headers("/api/auth/one-tap/callback", &headers, body).await;
    response.assert_error(403, "INVALID_ORIGIN");
    for url in FOREIGN_URLS {
        let body = json!({ "idToken": token(&providers), "callbackURL": url });
        let response = app.anonymous().post_auth("one-tap/callback", body).await;
        response.assert_error(403, "INVALID_CALLBACK_URL");
    }
    let response = ann.post_auth("one-tap/callback", json!({})).await;
    response.assert_error(400, "VALIDATION_ERROR");
}

#[tokio::test]
async fn without_the_provider_or_the_plugin_nobody_signs_in() {
    let (app, providers) = TestApp::start_with_providers(&["github"], &ON).await;
    let response = tap(&app.anonymous(), &token(&providers)).await;
    assert_eq!(response.status.as_u16(), 400);
    assert!(response.text.contains("Google client ID is required"), "{}", response.text);
    let (app, providers) = TestApp::start_with_providers(&["google"], &[]).await;
    assert_eq!(tap(&app.anonymous(), &token(&providers)).await.status.as_u16(), 404);
    for path in ["oauth-popup/start", "callback/google/oauth-proxy", "oauth-proxy-callback"] {
        assert_eq!(app.anonymous().get_auth(path).await.status.as_u16(), 404, "{path}");
    }
    let document = app.anonymous().get_auth("open-api/generate-schema").await.expect_ok();
    let paths = document["paths"].as_object().unwrap();
    let plugins = ["one-tap", "popup", "proxy"];
    assert!(paths.keys().all(|path| plugins.iter().all(|plugin| !path.contains(plugin))));
}
