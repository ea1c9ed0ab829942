use domain::Clock;
use serde_json::json;

use super::*;
use crate::oauth::{
    background::discover_providers,
    fake_provider::{FakeProvider, FakeResponse, Service, config},
    provider::Definition,
};

const DOCUMENT: &str = "/.well-known/openid-configuration";

fn document(origin: &str) -> Value {
    json!({
        "issuer": origin,
        "authorization_endpoint": format!("{origin}/authorize"),
        "token_endpoint": format!("{origin}/token"),
        "userinfo_endpoint": format!("{origin}/me"),
        "jwks_uri": "keys",
        "id_token_signing_alg_values_supported": ["RS256", "HS256"],
    })
}

/// A service with the provider `team`, whose document is at `fake`.
async fn service(fake: &FakeProvider) -> Service {
    let table = format!(
        "[team]\ndiscovery_url = '{}'\ndiscovery_headers = {{ x = 'y' }}",
        fake.url(DOCUMENT)
    );
    let definition = Definition::parse(&table).unwrap().remove("team").unwrap();
    Service::start(Clock::system(), vec![config(definition)]).await
}

#[tokio::test]
async fn a_provider_is_present_after_its_discovery() {
    let fake = FakeProvider::start().await;
    fake.respond(DOCUMENT, FakeResponse::Json(document(&fake.origin)));
    let Service { context, .. } = &service(&fake).await;
    assert!(context.providers.list().is_empty());
    let provider = context.providers.find(&context.http, "team").await.unwrap();
    assert_eq!(provider.token_url.as_str(), fake.url("/token"));
    assert_eq!(provider.issuer.as_ref(), Some(&fake.origin));
    let rules = provider.id_token.as_ref().unwrap();
    assert_eq!(rules.issuers, std::slice::from_ref(&fake.origin));
    assert!(provider.requires_nonce());

    assert!(context.providers.find(&context.http, "team").await.is_some());
    assert_eq!(context.providers.list().len(), 1);
    let requests = fake.received(DOCUMENT);
    assert_eq!((requests.len(), requests[0].headers.get("x").unwrap().as_bytes()), (1, &b"y"[..]));
    assert!(context.providers.find(&context.http, "other").await.is_none());
}

#[tokio::test]
async fn a_provider_is_absent_until_its_discovery_succeeds() {
    let fake = FakeProvider::start().await;
    let Service { context, .. } = &service(&fake).await;
    for failure in [
        FakeResponse::Text(500, String::new()),
        FakeResponse::Text(200, "<html>".to_owned()),
        FakeResponse::Text(200, String::new()),
        FakeResponse::Redirect(fake.url("/elsewhere")),
        FakeResponse::Json(json!([])),
        FakeResponse::Json(json!({ "issuer": fake.origin })),
        FakeResponse::Json(document("https://other.example")),
    ] {
        fake.respond(DOCUMENT, failure);
        assert!(context.providers.find(&context.http, "team").await.is_none());
        assert_eq!(context.providers.undiscovered().collect::<Vec<_>>(), ["team"]);
    }
    fake.respond(DOCUMENT, FakeResponse::Json(document(&fake.origin)));
    assert!(context.providers.find(&context.http, "team").await.is_some());
    assert_eq!(context.providers.undiscovered().next(), None);
}

#[tokio::test]
async fn concurrent_requests_share_an_attempt() {
    let fake = FakeProvider::start().await;
    let Service { context, .. } = &service(&fake).await;
    let find = async || context.providers.find(&context.http, "team").await.is_some();
    assert_eq!(tokio::join!(find(), find(), find()), (false, false, false));
    assert_eq!(fake.received(DOCUMENT).len(), 1);
    fake.respond(DOCUMENT, FakeResponse::Json(document(&fake.origin)));
    assert_eq!(tokio::join!(find(), find(), find()), (true, true, true));
    assert_eq!(fake.received(DOCUMENT).len(), 2);
}

#[tokio::test]
async fn discovery_in_the_background_ends_when_all_are_present() {
    let fake = FakeProvider::start().await;
    fake.respond(DOCUMENT, FakeResponse::Json(document(&fake.origin)));
    let Service { context, .. } = &service(&fake).await;
    discover_providers(context).await;
    assert_eq!(context.providers.list().len(), 1);
}

#[test]
fn the_document_is_of_the_expected_issuer() {
    let read = |url: &str, configured: Option<&str>, issuer: Value| {
        let mut document = document("https://idp.example");
        document["issuer"] = issuer;
        read(&Url::parse(url).unwrap(), configured, &document).is_ok()
    };
    let url = "https://idp.example/team/.well-known/openid-configuration";
    for (configured, issuer, accepted) in [
        (None, json!("https://idp.example/team"), true),
        (None, json!("https://idp.example/team/"), true),
        (None, json!("https://idp.example/other"), false),
        (None, json!("https://idp.example"), false),
        (None, json!(null), false),
        (None, json!(["https://idp.example/team"]), false),
        (Some("https://login.example"), json!("https://login.example"), true),
        (Some("https://login.example"), json!("https://login.example/"), false),
        (Some("https://login.example"), json!("https://idp.example/team"), false),
    ] {
        assert_eq!(read(url, configured, issuer.clone()), accepted, "{configured:?} {issuer}");
    }
    // Another path names no issuer.
    assert!(read("https://idp.example/discovery.json", None, json!("https://login.example")));
}

#[test]
fn a_document_of_another_machine_does_not_name_this_one() {
    let url = Url::parse("https://idp.example/.well-known/openid-configuration").unwrap();
    for field in ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"] {
        for local in ["http://localhost:6379/", "https://127.0.0.1/", "https://[::1]/keys"] {
            let mut document = document("https://idp.example");
            document[field] = local.into();
            let error = read(&url, None, &document).unwrap_err();
            assert!(error.contains("names this machine"), "{error}");
        }
    }
}
