//! Providers that are broken, slow, or send wrong id tokens.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{BOOKS, sign_in, sorry};
use crate::it::support::{FakeProviderConfig, FakeProviders, Fault, Signature, TestApp};

/// The longest time that a request to a provider takes, with room for a busy machine.
const LIMIT: Duration = Duration::from_mins(1);

/// Changes the provider `acme`, and asserts that a sign-in fails.
async fn assert_refused(
    app: &TestApp,
    providers: &FakeProviders,
    what: &str,
    change: impl FnOnce(&mut FakeProviderConfig),
) {
    providers.change("acme", |state| {
        state.faults.clear();
        state.claims.clear();
        state.signature = Signature::default();
        change(state);
    });
    let ann = app.anonymous();
    let end = sign_in(&ann, providers, "acme").await;
    assert_eq!(end, sorry("unable_to_get_user_info"), "{what}");
    assert!(!ann.is_signed_in().await, "{what}");
}

#[tokio::test]
async fn a_jwks_that_cannot_be_read_signs_nobody_in() {
    for fault in [
        Fault::Html,
        Fault::Error,
        Fault::Malformed,
        Fault::Empty,
        Fault::Huge,
        Fault::Close,
        Fault::Redirect("http://10.0.0.1/keys"),
        Fault::Redirect("http://169.254.169.254/latest/meta-data"),
        Fault::Redirect("http://127.0.0.1:9/keys"),
    ] {
        let (app, providers) = TestApp::start_with_providers(&["acme"], &[]).await;
        let what = format!("{fault:?}");
        assert_refused(&app, &providers, &what, |state| {
            state.faults.insert("keys", fault);
        })
        .await;
        // The failure is not remembered.
        providers.change("acme", |state| state.faults.clear());
        app.clock.advance(TimeDelta::minutes(1));
        assert_eq!(sign_in(&app.anonymous(), &providers, "acme").await, BOOKS, "{what}");
    }
}

#[tokio::test]
async fn a_wrong_id_token_signs_nobody_in() {
    let (app, providers) = TestApp::start_with_providers(&["acme"], &[]).await;
    let now = app.clock.now().timestamp();
    let claims: [(&str, Value); 12] = [
        ("another audience", json!({ "aud": "another-client" })),
        ("another party", json!({ "aud": ["acme-client", "another"], "azp": "another" })),
        ("no audience", json!({ "aud": null })),
        ("another issuer", json!({ "iss": "https://evil.example" })),
        ("no issuer", json!({ "iss": null })),
        ("expired", json!({ "iat": now - 7200, "exp": now - 3600 })),
        ("no end", json!({ "exp": null })),
        ("not valid yet", json!({ "nbf": now + 3600 })),
        ("from the future", json!({ "iat": now + 7200, "exp": now + 10_800 })),
        ("another nonce", json!({ "nonce": "another" })),
        ("no nonce", json!({ "nonce": null })),
        ("no subject", json!({ "sub": null })),
    ];
    for (what, wrong) in claims {
        let wrong = wrong.as_object().unwrap().clone();
        assert_refused(&app, &providers, what, |state| state.claims = wrong).await;
    }
    for signature in [
        Signature::None,
        Signature::PublicKeyAsSecret,
        Signature::ForeignKey,
        Signature::UnknownKey,
        Signature::Altered,
    ] {
        let what = format!("{signature:?}");
        assert_refused(&app, &providers, &what, |state| state.signature = signature).await;
    }
    assert_eq!(super::count(&app, "user").await, 0);
    // Each key of the JWKS signs.
    for signature in [Signature::Rs256, Signature::Es256] {
        providers.change("acme", |state| state.signature = signature);
        assert_eq!(sign_in(&app.anonymous(), &providers, "acme").await, BOOKS, "{signature:?}");
    }
}

#[tokio::test]
async fn a_provider_that_does_not_answer_in_time_signs_nobody_in() {
    let mut sign_ins = JoinSet::new();
    for fault in [Fault::Silent, Fault::Slow] {
        for (endpoint, code) in [("token", "invalid_code"), ("keys", "unable_to_get_user_info")] {
            sign_ins.spawn(async move {
                let (app, providers) = TestApp::start_with_providers(&["acme"], &[]).await;
                providers.break_endpoint("acme", endpoint, fault);
                let start = Instant::now();
                let end = sign_in(&app.anonymous(), &providers, "acme").await;
                assert_eq!(end, sorry(code), "{endpoint} {fault:?}");
                assert!(start.elapsed() < LIMIT, "{endpoint} {fault:?}");
            });
        }
    }
    sign_ins.join_all().await;
}
