use std::time::Duration;

use domain::Clock;
use http_client::{Addresses, Limits};
use serde_json::json;

use super::*;
use crate::oauth::{
    fake_provider::{FakeProvider, FakeResponse, Service},
    id_token::tests::{jwks, now, token},
};

struct Setup {
    fake: FakeProvider,
    service: Service,
    clock: Clock,
}

async fn setup() -> Setup {
    let clock = Clock::manual(now());
    let fake = FakeProvider::start().await;
    fake.respond("/keys", FakeResponse::Json(jwks("1")));
    let service = Service::start(clock.clone(), Vec::new()).await;
    Setup { fake, service, clock }
}

impl Setup {
    async fn verify_at(&self, url: &str) -> Result<Claims, JwksError> {
        let context = &self.service.context;
        let url = Url::parse(url).unwrap();
        let (http, clock) = (&context.http, &context.clock);
        let source = Source { http, clock, url: &url, headers: &[] };
        context.jwks.verify(source, &token(&json!({})), &Algorithm::ALL).await
    }

    /// Whether the JWKS verifies a token of the key 1.
    async fn verifies(&self) -> bool {
        self.verify_at(&self.fake.url("/keys")).await.is_ok()
    }

    fn requests(&self) -> usize {
        self.fake.received("/keys").len()
    }
}

#[tokio::test]
async fn an_unknown_key_requests_the_set_no_more_than_once_in_30_seconds() {
    let setup = setup().await;
    setup.fake.respond("/keys", FakeResponse::Json(jwks("old")));
    for _ in 0..5 {
        assert!(!setup.verifies().await);
    }
    assert_eq!(setup.requests(), 1);

    setup.clock.advance(TimeDelta::seconds(29));
    assert!(!setup.verifies().await);
    assert_eq!(setup.requests(), 1);
    setup.clock.advance(TimeDelta::seconds(1));
    assert!(!setup.verifies().await && !setup.verifies().await);
    assert_eq!(setup.requests(), 2);

    // The provider rotates its keys.
    setup.fake.respond("/keys", FakeResponse::Json(jwks("1")));
    setup.clock.advance(TimeDelta::seconds(30));
    assert!(setup.verifies().await && setup.verifies().await);
    assert_eq!(setup.requests(), 3);
}

#[tokio::test]
async fn concurrent_tokens_share_a_request() {
    let setup = setup().await;
    let both = tokio::join!(setup.verifies(), setup.verifies(), setup.verifies());
    assert_eq!((both, setup.requests()), ((true, true, true), 1));
    let failing = self::setup().await;
    failing.fake.respond("/keys", FakeResponse::Text(500, String::new()));
    let both = tokio::join!(failing.verifies(), failing.verifies(), failing.verifies());
    assert_eq!((both, failing.requests()), ((false, false, false), 1));
    // Without any keys, the next token tries again.
    failing.fake.respond("/keys", FakeResponse::Json(jwks("1")));
    assert!(failing.verifies().await);
}

#[tokio::test]
async fn a_failing_request_keeps_the_old_keys() {
    let setup = setup().await;
    assert!(setup.verifies().await);
    for failure in [
        FakeResponse::Text(500, String::new()),
        FakeResponse::Text(200, "<html>busy</html>".to_owned()),
        FakeResponse::Text(200, String::new()),
        FakeResponse::Text(200, " ".repeat(2 * 1024 * 1024)),
        FakeResponse::Json(json!({ "keys": [] })),
        FakeResponse::Json(json!({ "keys": [{ "kty": "oct", "k": "AQAB" }] })),
    ] {
        setup.fake.respond("/keys", failure);
        setup.clock.advance(TimeDelta::minutes(10));
        let before = setup.requests();
        assert!(setup.verifies().await && setup.verifies().await);
        assert_eq!(setup.requests(), before + 1);
    }
    setup.clock.advance(TimeDelta::hours(24));
    assert!(!setup.verifies().await);
}

#[tokio::test]
async fn removed_keys_are_not_used_after_ten_minutes() {
    let setup = setup().await;
    assert!(setup.verifies().await);
    setup.fake.respond("/keys", FakeResponse::Json(jwks("new")));
    setup.clock.advance(TimeDelta::minutes(10));
    assert!(!setup.verifies().await);
    assert_eq!(setup.requests(), 2);
}

#[tokio::test]
async fn a_jwks_that_is_none_or_elsewhere_verifies_nothing() {
    let mut setup = setup().await;
    let soon = Duration::from_millis(300);
    let limits = Limits { total: soon, ..Limits::default() };
    Arc::get_mut(&mut setup.service.context).unwrap().http =
        HttpClient::new(Addresses { private: false, setting: "" }, limits);
    for answer in [
        FakeResponse::Redirect("https://169.254.169.254/keys".to_owned()),
        FakeResponse::Redirect(setup.fake.url("/real")),
        FakeResponse::Silence,
        FakeResponse::Text(200, "{".repeat(10 * 1024 * 1024)),
    ] {
        setup.fake.respond("/keys", answer);
        let verified = setup.verify_at(&setup.fake.url("/keys")).await;
        assert!(matches!(verified, Err(JwksError::Http(_))));
    }
    assert!(setup.fake.received("/real").is_empty());
    for url in ["https://10.0.0.1/keys", "https://169.254.169.254/keys", "http://example.com/keys"]
    {
        assert!(matches!(setup.verify_at(url).await, Err(JwksError::Http(_))), "{url}");
    }
}
