//! Limits of requests, disabled routes and their aliases.

use serde_json::json;

use crate::it::support::{Client, TestApp};

const ALIASES: [(&str, &str); 2] = [
    ("email-otp/request-password-reset", "forget-password/email-otp"),
    ("siwe/nonce", "siwe/get-nonce"),
];

async fn status(client: &Client, route: &str) -> u16 {
    client.post_auth(route, json!({})).await.status.as_u16()
}

#[tokio::test]
async fn an_alias_of_a_disabled_route_of_a_plugin_is_disabled() {
    for (route, alias) in ALIASES {
        let disabled = format!("--auth-disabled-paths=/{route}");
        let app = TestApp::start_with(&["--auth-plugins=email-otp,siwe", &disabled]).await;
        assert_eq!(status(&app.anonymous(), route).await, 404);
        assert_eq!(status(&app.anonymous(), alias).await, 404, "{alias}");
    }
    let disabled = "--auth-disabled-paths=/callback/{id}/oauth-proxy";
    let app = TestApp::start_with(&["--auth-plugins=oauth-proxy", disabled]).await;
    let alias = app.anonymous().get_auth("oauth-proxy-callback?profile=x").await;
    assert_eq!(alias.status.as_u16(), 404);
}

#[tokio::test]
async fn an_alias_has_no_count_of_its_own() {
    let flags = ["--auth-plugins=email-otp,siwe", "--auth-rate-limit", "true"];
    let app = TestApp::start_with(&flags).await;
    for (route, alias) in ALIASES {
        let client = app.anonymous();
        for name in [route, alias, route] {
            assert_ne!(status(&client, name).await, 429, "{name}");
        }
        assert_eq!(status(&client, alias).await, 429, "{alias}");
    }
}

#[tokio::test]
async fn routes_that_sign_in_have_the_limit_of_a_sign_in() {
    let plugins = "--auth-plugins=siwe,one-tap,passkey,one-time-token";
    let app = TestApp::start_with(&[plugins, "--auth-rate-limit", "true"]).await;
    let client = app.anonymous();
    for route in [
        "siwe/verify",
        "siwe/nonce",
        "one-tap/callback",
        "passkey/verify-authentication",
        "one-time-token/verify",
    ] {
        for _ in 0..3 {
            assert_ne!(status(&client, route).await, 429, "{route}");
        }
        assert_eq!(status(&client, route).await, 429, "{route}");
    }
    // Pages with autofill request the options when they open.
    for _ in 0..20 {
        client.get_auth("passkey/generate-authenticate-options").await.expect_ok();
    }
}
