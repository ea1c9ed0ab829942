//! The error page of sign-in with providers: plain sentences, and advice in development only.

use serde_json::json;

use super::oauth::{location, start_with};
use crate::it::support::{FakeProviders, TestApp};

/// Returns the text of the error page with this query.
async fn page(app: &TestApp, query: &str) -> String {
    let page = app.anonymous().get(&format!("/api/auth/error?{query}")).await;
    assert_eq!(page.status, 200, "{}", page.text);
    readable(&page.text)
}

/// Resolves the entities of slashes and apostrophes.
fn readable(page: &str) -> String {
    page.replace("&#x2f;", "/").replace("&#x27;", "'")
}

async fn development() -> (TestApp, FakeProviders) {
    TestApp::start_with_providers(&["github"], &[]).await
}

#[tokio::test]
async fn codes_of_providers_are_explained_in_plain_sentences() {
    let app = TestApp::start_with(&["--app-env=production"]).await;
    let unknown = page(&app, "error=no_such_code").await;
    assert!(unknown.contains("Something went wrong"), "{unknown}");
    for code in [
        "state_mismatch",
        "state_not_found",
        "state_invalid",
        "please_restart_the_process",
        "access_denied",
        "signup_disabled",
        "account_not_linked",
        "unable_to_link_account",
        "email_does_not_match",
        "account_already_linked_to_different_user",
        "email_not_found",
        "email_not_verified",
        "no_code",
        "invalid_code",
        "unable_to_get_user_info",
        "oauth_provider_not_found",
        "issuer_mismatch",
        "nonce_binding_missing",
        "redirect_uri_mismatch",
        "payload_expired",
        "temporarily_unavailable",
        "login_required",
    ] {
        let page = page(&app, &format!("error={code}")).await;
        assert!(page.contains(&format!("<code>{code}</code>")), "{page}");
        assert!(!page.contains("Something went wrong"), "{code}");
        assert!(!page.contains("For developers"), "{code}");
    }
}

#[tokio::test]
async fn values_of_attackers_are_not_shown_in_production_and_escaped_in_development() {
    const EVIL: &str = "%3Cscript%3Ealert(1)%3C/script%3E";
    let production = TestApp::start_with(&["--app-env=production"]).await;
    let (development, _providers) = development().await;
    for app in [&production, &development] {
        let code = page(app, &format!("error={EVIL}")).await;
        assert!(code.contains("UNKNOWN") && !code.contains("alert"), "{code}");
        let query = format!("error=access_denied&error_description={EVIL}&provider={EVIL}");
        let described = page(app, &query).await;
        assert!(!described.contains("<script"), "{described}");
        let is_shown = described.contains("The provider says: &lt;script&gt;");
        assert_eq!(is_shown, std::ptr::eq(app, &raw const development), "{described}");
    }
    let long = page(&development, &format!("error=x&error_description={}", "a".repeat(999))).await;
    assert!(long.contains(&"a".repeat(300)) && !long.contains(&"a".repeat(301)));
}

#[tokio::test]
async fn a_sign_in_that_began_at_another_host_is_explained() {
    let (app, _providers) = development().await;
    let headers = [("host", "127.0.0.1:3000"), ("origin", "http://127.0.0.1:3000")];
    let body = json!({ "provider": "github" });
    let begun = app.anonymous().post_with_headers("/api/auth/sign-in/social", &headers, body).await;
    assert_eq!(begun.status, 200, "{}", begun.text);

    let told = page(&app, "error=state_mismatch").await;
    assert!(told.contains("BETTER_AUTH_URL is http://localhost:3000, but the latest"), "{told}");
    assert!(told.contains("began at http://127.0.0.1:3000"), "{told}");

    // The next one begins where it will end.
    let ann = app.anonymous();
    start_with(&ann, "github", json!({})).await;
    let told = page(&app, "error=state_mismatch").await;
    assert!(told.contains("The cookie of the sign-in is missing at http://localhost:3000"));
    let told = readable(&ann.get("/api/auth/error?error=state_mismatch").await.text);
    assert!(told.contains("The cookie of a sign-in is here, but of another one"), "{told}");
}

#[tokio::test]
async fn a_refused_redirect_uri_is_answered_with_the_right_one() {
    let (app, _providers) = development().await;
    let told = page(&app, "error=redirect_uri_mismatch").await;
    let url = "http://localhost:3000/api/auth/callback/github";
    assert!(told.contains(&format!("exactly this callback URL: {url}.")), "{told}");
    let told = page(&app, "error=oauth_provider_not_found").await;
    assert!(told.contains("Available providers: github."), "{told}");
}

/// The providers of the tests have the machine's clock, and the application one of its own.
#[tokio::test]
async fn a_clock_that_differs_from_the_providers_is_named() {
    let (app, providers) = development().await;
    let before = page(&app, "error=invalid_code").await;
    assert!(!before.contains("The clock of this machine"), "{before}");
    let ann = app.anonymous();
    let url = start_with(&ann, "github", json!({})).await;
    location(&ann.get(&providers.authorize("github", &url)).await);

    let told = page(&app, "error=invalid_code").await;
    assert!(told.contains("The clock of this machine is "), "{told}");
    assert!(told.contains(" the provider's. Set it."), "{told}");
}
