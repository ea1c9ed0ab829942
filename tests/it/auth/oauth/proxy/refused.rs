//! Payloads and packages that are forged, old, replayed, or meant for another host.

use std::sync::Arc;

use super::{
    BASE_URL, BOOKS, Hosts, ON, PRODUCTION, PROVIDERS, count, location, own_error, path, sorry,
    start, value_in, with_value,
};
use crate::it::support::{FakeProviders, TestApp};

#[tokio::test]
async fn a_payload_is_used_once_and_by_the_browser_that_began() {
    let hosts = Hosts::start().await;
    let ann = hosts.preview.anonymous();
    let completion = hosts.completion(&ann).await;
    let mallory = hosts.preview.anonymous();
    assert_eq!(location(&mallory.get(&completion).await), sorry("state_mismatch"));
    start(&mallory, "github").await;
    assert_eq!(location(&mallory.get(&completion).await), sorry("state_mismatch"));
    assert!(!mallory.is_signed_in().await);
    let copy = ann.duplicate();
    assert_eq!(location(&ann.get(&completion).await), BOOKS);
    assert_eq!(location(&copy.get(&completion).await), sorry("state_mismatch"));
    assert!(!copy.is_signed_in().await);
}

#[tokio::test]
async fn a_forged_a_foreign_and_an_old_payload_are_refused() {
    let hosts = Hosts::start().await;
    let ann = hosts.preview.anonymous();
    let url = start(&ann, "github").await;
    let completion = path(&hosts.pass("github", &url).await);
    let sealed = value_in(&completion, "profile");
    let changed = format!("{}{}", &sealed[..sealed.len() - 1], u8::from(sealed.ends_with('0')));
    let profile = r#"{"userInfo":{"email":"ann@example.com"}}"#;
    // The package is encrypted with the same secret, for another purpose.
    let package = value_in(&url, "state");
    for forged in [&*changed, &sealed[2..], profile, &hex::encode(profile), &package, "$ba$1$00"] {
        let url = with_value(&completion, "profile", forged);
        assert_eq!(location(&ann.get(&url).await), own_error("invalid_profile"), "{forged}");
    }
    let empty = with_value(&completion, "profile", "");
    assert_eq!(location(&ann.get(&empty).await), own_error("missing_profile"));
    let other = completion.replace("/callback/github/", "/callback/acme/");
    assert_eq!(location(&ann.get(&other).await), sorry("provider_mismatch"));
    hosts.preview.clock.advance(chrono::TimeDelta::seconds(61));
    assert_eq!(location(&ann.get(&completion).await), sorry("payload_expired"));
    assert!(!ann.is_signed_in().await);
    assert_eq!(count(&hosts.preview, "user").await, 0);
}

#[tokio::test]
async fn hosts_with_another_secret_do_not_understand_each_other() {
    const OTHER: &str = "--auth-oauth-proxy-secret=another secret for the tests, 0987654321";
    let trusted = "--better-auth-trusted-origins=http://localhost:3000";
    let hosts = Hosts::start().await;
    let others = Hosts::start_with(&[OTHER], &[OTHER, trusted]).await;
    let (ann, bob) = (hosts.preview.anonymous(), others.preview.anonymous());
    let completion = others.completion(&bob).await;
    assert_eq!(location(&ann.get(&completion).await), own_error("invalid_profile"));
    assert_eq!(location(&bob.get(&completion).await), BOOKS);
    let url = start(&bob, "github").await;
    let answer = others.providers.authorize("github", &url);
    let refused = location(&hosts.production.anonymous().get(&answer).await);
    assert_eq!(refused, format!("{PRODUCTION}/api/auth/error?error=state_mismatch"));
}

#[tokio::test]
async fn a_payload_for_another_preview_is_refused() {
    let (hosts, others) = (Hosts::start().await, Hosts::start().await);
    let (ann, bob) = (hosts.preview.anonymous(), others.preview.anonymous());
    let completion = hosts.completion(&ann).await;
    assert_eq!(location(&bob.get(&completion).await), sorry("state_mismatch"));
    // Not even with the other preview's cookie, which the shared secret signed.
    bob.cookies().extend(ann.cookies().clone());
    assert_eq!(location(&bob.get(&completion).await), sorry("state_mismatch"));
    assert!(!bob.is_signed_in().await);
    assert_eq!(location(&ann.get(&completion).await), BOOKS);
}

/// Otherwise the secret of a preview would sign in as any user of the production host.
#[tokio::test]
async fn a_host_accepts_payloads_only_for_sign_ins_that_it_sent_through_the_production_host() {
    let hosts = Hosts::start().await;
    let Hosts { preview, providers, .. } = &hosts;
    let own = ["--better-auth-url", PRODUCTION, ON];
    let given = (providers, &PROVIDERS[..]);
    let database = Arc::clone(&preview.database);
    let production =
        TestApp::open_with_providers(database, preview.clock.clone(), given, &own).await;
    let ann = preview.anonymous();
    let completion = hosts.completion(&ann).await;
    // With the state in the same database, and with the cookie that a secure host reads.
    let mallory = production.anonymous();
    let state = ann.cookies()["better-auth.state"].clone();
    mallory.cookies().insert("__Secure-better-auth.state".to_owned(), state);
    let refused = location(&mallory.get(&completion).await);
    assert_eq!(refused, format!("{PRODUCTION}/api/auth/error?error=state_mismatch"));
    let former = completion.replace("/callback/github/oauth-proxy", "/oauth-proxy-callback");
    let refused = location(&mallory.get(&former).await);
    assert_eq!(refused, format!("{PRODUCTION}/api/auth/error?error=state_mismatch"));
    assert_eq!(count(&production, "session").await, 0);
    assert_eq!(location(&ann.get(&former).await), BOOKS);
}

#[tokio::test]
async fn the_production_host_sends_no_user_to_an_untrusted_preview() {
    let hosts = Hosts::start_with(&[], &[]).await;
    let url = start(&hosts.preview.anonymous(), "github").await;
    let refused = hosts.pass("github", &url).await;
    assert_eq!(refused, format!("{PRODUCTION}/api/auth/error?error=untrusted_preview"));
    assert!(hosts.providers.requests("github", "token").is_empty());
}

#[tokio::test]
async fn the_production_host_checks_the_package() {
    let hosts = Hosts::start().await;
    let client = hosts.preview.anonymous();
    let url = start(&client, "github").await;
    let answer = hosts.providers.authorize("github", &url);
    let browser = hosts.production.anonymous();
    // Another provider's callback does not get the code.
    let swapped = answer.replace("/callback/github", "/callback/acme");
    let sorry_at_preview = |code: &str| format!("{BASE_URL}{}", sorry(code));
    assert_eq!(location(&browser.get(&swapped).await), sorry_at_preview("state_mismatch"));
    let refused = FakeProviders::refuse(&url, "access_denied");
    assert_eq!(location(&browser.get(&refused).await), sorry_at_preview("access_denied"));
    let package = value_in(&answer, "state");
    let (start, end) = package.split_at(package.len() - 2);
    let other_end = if end == "00" { "11" } else { "00" };
    let changed = with_value(&answer, "state", &format!("{start}{other_end}"));
    let unknown = format!("{PRODUCTION}/api/auth/error?error=state_mismatch");
    assert_eq!(location(&browser.get(&changed).await), unknown);
    // Without the plugin, it is an unknown state.
    let plain = TestApp::start_with_providers(&PROVIDERS, &[]).await.0;
    assert_eq!(location(&plain.anonymous().get(&answer).await), own_error("state_mismatch"));
    hosts.production.clock.advance(chrono::TimeDelta::seconds(601));
    assert_eq!(location(&browser.get(&answer).await), unknown);
    assert!(hosts.providers.requests("github", "token").is_empty());
}
