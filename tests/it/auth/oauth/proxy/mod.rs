//! Sign-in of a preview through the production host. The tests' client is at the preview, and the
//! production host is a second application with its own database.

mod refused;

use std::sync::Arc;

use domain::Clock;
use serde_json::json;

use super::{BOOKS, SORRY, count, location, sorry, start, start_with, value_in, with_value};
use crate::it::{
    auth::redirects::FOREIGN_URLS,
    support::{BASE_URL, Client, FakeProviders, TestApp, TestDatabase, noon},
};

const PRODUCTION: &str = "https://books.example";
const ON: &str = "--auth-plugins=oauth-proxy";
const PREVIEW: [&str; 2] = [ON, "--auth-oauth-proxy-production-url=https://books.example"];
const PROVIDERS: [&str; 2] = ["github", "acme"];

/// A preview, its production host, and their providers.
struct Hosts {
    preview: TestApp,
    production: TestApp,
    providers: FakeProviders,
}

impl Hosts {
    async fn start() -> Self {
        Self::start_with(&[], &["--better-auth-trusted-origins=http://localhost:3000"]).await
    }

    /// Starts both hosts with additional flags.
    async fn start_with(preview: &[&str], production: &[&str]) -> Self {
        let clock = Clock::manual(noon());
        let providers = FakeProviders::start(&clock).await;
        let open = async |flags: &[&str]| {
            let database = Arc::new(TestDatabase::create().await);
            let given = (&providers, &PROVIDERS[..]);
            TestApp::open_with_providers(database, clock.clone(), given, flags).await
        };
        let own = ["--better-auth-url", PRODUCTION, ON];
        let preview = open(&[&PREVIEW, preview].concat()).await;
        let production = open(&[&own, production].concat()).await;
        Self { preview, production, providers }
    }

    /// Signs in at the provider of a URL of the preview, and returns where the production host
    /// redirects.
    async fn pass(&self, provider: &str, url: &str) -> String {
        let answer = self.providers.authorize(provider, url);
        let browser = self.production.anonymous();
        let location = location(&browser.get(&answer).await);
        assert!(browser.cookies().is_empty());
        location
    }

    /// Starts a sign-in, and returns the path and query of the URL that completes it.
    async fn completion(&self, client: &Client) -> String {
        let url = start(client, "github").await;
        path(&self.pass("github", &url).await)
    }
}

/// Returns the path and query of a URL of the preview.
#[track_caller]
fn path(url: &str) -> String {
    url.strip_prefix(BASE_URL).unwrap_or_else(|| panic!("{url}")).to_owned()
}

fn own_error(code: &str) -> String {
    format!("{BASE_URL}/api/auth/error?error={code}")
}

#[tokio::test]
async fn the_production_host_identifies_the_user_of_a_preview() {
    let hosts = Hosts::start().await;
    let Hosts { preview, production, providers } = &hosts;
    let ann = preview.anonymous();
    let url = start_with(&ann, "github", json!({ "newUserCallbackURL": "/welcome" })).await;
    let redirect_uri = format!("{PRODUCTION}/api/auth/callback/github");
    assert_eq!(value_in(&url, "redirect_uri"), redirect_uri);
    let rows = preview.database.first_column(r#"select "value" from "verification""#).await;
    let stored: serde_json::Value = serde_json::from_str(&rows[0]).unwrap();
    assert!(!url.contains(stored["codeVerifier"].as_str().unwrap()));
    assert!(!url.contains(stored["oauthState"].as_str().unwrap()));

    let completion = path(&hosts.pass("github", &url).await);
    assert!(completion.starts_with("/api/auth/callback/github/oauth-proxy?callbackURL=%2Fbooks&"));
    assert!(!completion.contains("example.com"), "{completion}");
    assert_eq!(providers.requests("github", "token").len(), 1);
    for table in ["user", "session", "account", "verification"] {
        assert_eq!(count(production, table).await, 0, "{table}");
    }
    assert_eq!(location(&ann.get(&completion).await), "/welcome");
    assert_eq!(ann.session().await["user"]["email"], "ann@example.com");
    assert_eq!(ann.session().await["user"]["emailVerified"], true);
    assert!(!ann.cookies().contains_key("better-auth.state"));
    let accounts = ann.get_auth("list-accounts").await.expect_ok();
    let account = json!({ "accountId": accounts[0]["id"] });
    let token = ann.post_auth("get-access-token", account).await.expect_ok();
    assert!(!token["accessToken"].as_str().unwrap().is_empty());

    let again = preview.anonymous();
    let completion = hosts.completion(&again).await;
    assert_eq!(location(&again.get(&completion).await), BOOKS);
    assert_eq!(count(preview, "user").await, 1);
}

#[tokio::test]
async fn a_sign_in_without_the_production_host_is_possible() {
    let hosts = Hosts::start().await;
    let headers = [("origin", BASE_URL), ("x-skip-oauth-proxy", "1")];
    let client = hosts.preview.anonymous();
    let body = json!({ "provider": "github", "callbackURL": BOOKS });
    let path = "/api/auth/sign-in/social";
    let url = client.post_with_headers(path, &headers, body).await.expect_ok()["url"].clone();
    let url = url.as_str().unwrap();
    assert_eq!(value_in(url, "redirect_uri"), format!("{BASE_URL}/api/auth/callback/github"));
    let answer = hosts.providers.authorize("github", url);
    assert_eq!(location(&client.get(&answer).await), BOOKS);
    let own = hosts.production.anonymous();
    let headers = [("origin", PRODUCTION)];
    let body = json!({ "provider": "github", "callbackURL": BOOKS });
    let url = own.post_with_headers(path, &headers, body).await.expect_ok()["url"].clone();
    let answer = hosts.providers.authorize("github", url.as_str().unwrap());
    assert_eq!(location(&own.get(&answer).await), BOOKS);
}

#[tokio::test]
async fn an_account_is_linked_in_the_session_that_began() {
    let hosts = Hosts::start().await;
    let ann = hosts.preview.signed_in("ann").await;
    let link = async || {
        let body = json!({ "provider": "github", "callbackURL": BOOKS, "errorCallbackURL": SORRY });
        let answer = ann.post_auth("link-social", body).await.expect_ok();
        path(&hosts.pass("github", answer["url"].as_str().unwrap()).await)
    };
    let (first, second) = (link().await, link().await);
    assert_eq!(location(&ann.get(&first).await), sorry("state_mismatch"));
    assert_eq!(location(&ann.get(&second).await), BOOKS);
    assert_eq!(count(&hosts.preview, "account").await, 2);
    let third = link().await;
    ann.duplicate().post_auth("revoke-sessions", json!({})).await.expect_ok();
    assert_eq!(location(&ann.get(&third).await), sorry("unable_to_link_account"));
}

#[tokio::test]
async fn the_state_of_a_preview_may_be_in_a_cookie_and_its_data_is_limited() {
    let trusted = "--better-auth-trusted-origins=http://localhost:3000";
    let hosts = Hosts::start_with(&["--auth-oauth-state=cookie"], &[trusted]).await;
    let ann = hosts.preview.anonymous();
    let completion = hosts.completion(&ann).await;
    let copy = ann.duplicate();
    let mallory = hosts.preview.anonymous();
    assert_eq!(location(&mallory.get(&completion).await), sorry("state_mismatch"));
    assert_eq!(location(&ann.get(&completion).await), BOOKS);
    assert_eq!(location(&copy.get(&completion).await), sorry("state_mismatch"));
    let hosts = Hosts::start().await;
    let body = json!({ "provider": "github", "additionalData": { "a": "b".repeat(4_000) } });
    let response = hosts.preview.anonymous().post_auth("sign-in/social", body).await;
    response.assert_error(413, "PAYLOAD_TOO_LARGE");
}

#[tokio::test]
async fn the_page_after_a_sign_in_is_that_of_its_start() {
    let hosts = Hosts::start().await;
    let ann = hosts.preview.anonymous();
    let completion = hosts.completion(&ann).await;
    for url in FOREIGN_URLS {
        let response = ann.get(&with_value(&completion, "callbackURL", url)).await;
        response.assert_error(403, "INVALID_CALLBACK_URL");
    }
    ann.get_auth("oauth-proxy-callback").await.assert_error(400, "VALIDATION_ERROR");
    let other = with_value(&completion, "callbackURL", "/other");
    assert_eq!(location(&ann.get(&other).await), BOOKS);
}
