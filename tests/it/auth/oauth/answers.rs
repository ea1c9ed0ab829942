//! Answers of a provider that are forged, replayed, or meant for another client.

use tokio::task::JoinSet;

use super::{BOOKS, SORRY, UNKNOWN_STATE, location, sorry, start, value_in, with_value};
use crate::it::support::{FakeProviders, Fault, TestApp};

const STATE_COOKIE: &str = "better-auth.state";

#[tokio::test]
async fn an_answer_signs_in_only_the_browser_that_began() {
    let (app, providers) = TestApp::start_with_providers(&["github"], &[]).await;
    let ann = app.anonymous();
    let answer = providers.authorize("github", &start(&ann, "github").await);
    // Without a cookie, with the cookie of another sign-in, and with forged ones.
    let mallory = app.anonymous();
    assert_eq!(location(&mallory.get(&answer).await), sorry("state_mismatch"));
    start(&mallory, "github").await;
    assert_eq!(location(&mallory.get(&answer).await), sorry("state_mismatch"));
    assert!(mallory.cookies().contains_key(STATE_COOKIE), "their own sign-in may go on");
    let signed = ann.cookies()[STATE_COOKIE].clone();
    let state = value_in(&answer, "state");
    for forged in [state.clone(), format!("{state}."), signed.to_lowercase(), format!("{signed}x")]
    {
        mallory.cookies().insert(STATE_COOKIE.to_owned(), forged);
        assert_eq!(location(&mallory.get(&answer).await), sorry("state_mismatch"));
    }
    assert!(!mallory.is_signed_in().await);
    assert!(providers.requests("github", "token").is_empty());
    // None of these used the state up.
    assert_eq!(location(&ann.get(&answer).await), BOOKS);
    assert!(ann.is_signed_in().await);
    assert!(!ann.cookies().contains_key(STATE_COOKIE));
}

#[tokio::test]
async fn an_answer_is_accepted_once() {
    let (app, providers) = TestApp::start_with_providers(&["github"], &[]).await;
    let ann = app.anonymous();
    let answer = providers.authorize("github", &start(&ann, "github").await);
    let copy = ann.duplicate();
    assert_eq!(location(&ann.get(&answer).await), BOOKS);
    assert_eq!(location(&copy.get(&answer).await), UNKNOWN_STATE);
    assert!(!copy.is_signed_in().await);
    // The state of a sign-in that the provider refused is consumed, too.
    let url = start(&copy, "github").await;
    let refused = FakeProviders::refuse(&url, "access_denied");
    let again = copy.duplicate();
    assert_eq!(location(&copy.get(&refused).await), sorry("access_denied"));
    let answer = providers.authorize("github", &url);
    assert_eq!(location(&again.get(&answer).await), UNKNOWN_STATE);
}

#[tokio::test]
async fn one_of_fifty_concurrent_answers_is_accepted() {
    let (app, providers) = TestApp::start_with_providers(&["github"], &[]).await;
    let ann = app.anonymous();
    let answer = providers.authorize("github", &start(&ann, "github").await);
    let mut requests = JoinSet::new();
    for _ in 0..50 {
        let (copy, answer) = (ann.duplicate(), answer.clone());
        requests.spawn(async move { location(&copy.get(&answer).await) });
    }
    let locations = requests.join_all().await;
    let accepted = locations.iter().filter(|location| *location == BOOKS).count();
    assert_eq!(accepted, 1, "{locations:?}");
    assert_eq!(super::count(&app, "session").await, 1);
    assert_eq!(providers.requests("github", "token").len(), 1);
}

#[tokio::test]
async fn an_answer_of_another_provider_is_refused() {
    let (app, providers) = TestApp::start_with_providers(&["acme", "umbrella"], &[]).await;
    let ann = app.anonymous();
    // The user began at Acme; the page of Umbrella redirects to its own callback, with the state
    // of Acme and a code of either.
    let url = start(&ann, "acme").await;
    let answer = providers.authorize("acme", &url);
    let mixed = answer.replace("/callback/acme", "/callback/umbrella");
    assert_eq!(location(&ann.get(&mixed).await), sorry("state_mismatch"));
    // A code of Acme is not sent to Umbrella, and no answer is accepted afterwards.
    assert!(providers.requests("umbrella", "token").is_empty());
    assert_eq!(location(&ann.get(&answer).await), UNKNOWN_STATE);
    assert!(!ann.is_signed_in().await);
}

#[tokio::test]
async fn an_answer_that_names_another_issuer_is_refused() {
    let (app, providers) = TestApp::start_with_providers(&["acme", "umbrella"], &[]).await;
    let ann = app.anonymous();
    for issuer in [providers.url("umbrella", ""), "https://evil.example".to_owned()] {
        let answer = providers.authorize("acme", &start(&ann, "acme").await);
        let mixed = with_value(&answer, "iss", issuer.trim_end_matches('/'));
        assert_eq!(location(&ann.get(&mixed).await), sorry("issuer_mismatch"));
    }
    // The discovery document promises that every answer names the issuer (RFC 9207).
    let answer = providers.authorize("acme", &start(&ann, "acme").await);
    let unnamed = with_value(&answer, "iss", "");
    assert_eq!(location(&ann.get(&unnamed).await), sorry("issuer_missing"));
    assert!(providers.requests("acme", "token").is_empty());
}

#[tokio::test]
async fn a_code_of_another_sign_in_is_refused() {
    let (app, providers) = TestApp::start_with_providers(&["github", "acme"], &[]).await;
    for provider in ["github", "acme"] {
        let (ann, mallory) = (app.anonymous(), app.anonymous());
        let victims = providers.authorize(provider, &start(&ann, provider).await);
        let own = providers.authorize(provider, &start(&mallory, provider).await);
        // The provider compares the code verifier of the sign-in with the code's challenge.
        let injected = with_value(&own, "code", &value_in(&victims, "code"));
        assert_eq!(location(&mallory.get(&injected).await), sorry("invalid_code"));
        assert!(!mallory.is_signed_in().await);
    }
}

#[tokio::test]
async fn an_error_of_the_provider_ends_on_the_page_of_errors() {
    let (app, providers) = TestApp::start_with_providers(&["github"], &[]).await;
    let ann = app.anonymous();
    let url = start(&ann, "github").await;
    let refused = FakeProviders::refuse(&url, "access_denied");
    let answer = format!("{refused}&error_description=The+user%0d%0aSet-Cookie:+a%3Db+%3Cb%3E");
    let expected = format!(
        "{SORRY}?error=access_denied&error_description=The+user%0D%0ASet-Cookie%3A+a%3Db+%3Cb%3E"
    );
    assert_eq!(location(&ann.get(&answer).await), expected);
    for (endpoint, fault, code) in [
        ("token", Fault::Error, "invalid_code"),
        ("token", Fault::Html, "unable_to_get_user_info"),
        ("token", Fault::Huge, "invalid_code"),
        ("user", Fault::Error, "unable_to_get_user_info"),
        ("user", Fault::Empty, "unable_to_get_user_info"),
    ] {
        providers.change("github", |state| state.faults.clear());
        providers.break_endpoint("github", endpoint, fault);
        let answer = providers.authorize("github", &start(&ann, "github").await);
        assert_eq!(location(&ann.get(&answer).await), sorry(code), "{endpoint} {fault:?}");
    }
    assert!(!ann.is_signed_in().await);
    assert_eq!(super::count(&app, "user").await, 0);
}

#[tokio::test]
async fn an_answer_without_a_sign_in_leads_to_the_services_page_of_errors() {
    let (app, _providers) = TestApp::start_with_providers(&["github"], &[]).await;
    let client = app.anonymous();
    let page = "http://localhost:3000/api/auth/error?error=";
    for (query, code) in [
        ("", "state_not_found"),
        ("?code=c", "state_not_found"),
        ("?error=access_denied", "state_not_found"),
        ("?code=c&state=", "state_not_found"),
        ("?code=c&state=unknown", "state_mismatch"),
        ("?code=c&state=%00", "state_mismatch"),
        ("?code=c&state='--", "state_mismatch"),
    ] {
        let response = client.get_auth(&format!("callback/github{query}")).await;
        assert_eq!(location(&response), format!("{page}{code}"), "{query}");
    }
    let repeated = client.get_auth("callback/github?state=a&state=b").await;
    repeated.assert_error(400, "VALIDATION_ERROR");
}
