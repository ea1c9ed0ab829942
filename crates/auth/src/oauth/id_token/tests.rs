use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use crypto::{base64url::encode, jwk::SigningKey};
use domain::Clock;
use serde_json::{Value, json};

use super::*;
use crate::oauth::fake_provider::{FakeProvider, FakeResponse, Service, provider};

/// RFC 7515, appendix A.3.
pub(crate) static KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    SigningKey::from_pem(
        "-----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff
        H1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp
        7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt
        -----END PRIVATE KEY-----",
    )
    .unwrap()
});

pub(crate) fn jwks(id: &str) -> Value {
    json!({ "keys": [{
        "kty": "EC",
        "crv": "P-256",
        "kid": id,
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    }] })
}

/// The point of another key: RFC 7517, appendix A.1.
fn foreign_jwks() -> Value {
    json!({ "keys": [{
        "kty": "EC",
        "crv": "P-256",
        "kid": "1",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    }] })
}

pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

/// The claims of a valid token, with changes; null removes a claim.
pub(crate) fn claims(changes: &Value) -> Claims {
    let seconds = now().timestamp();
    let mut claims = json!({
        "iss": "https://idp.example",
        "aud": "client-id",
        "sub": "ann",
        "iat": seconds,
        "exp": seconds + 300,
        "nonce": "n-1",
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let kept = claims.as_object().unwrap().clone().into_iter();
    kept.filter(|(_, value)| !value.is_null()).collect()
}

pub(crate) fn token(changes: &Value) -> String {
    KEY.sign("1", &claims(changes)).unwrap()
}

/// A provider with a JWKS at `/keys`, and further rules.
fn with_keys(fake: &FakeProvider, rules: &str) -> Provider {
    provider(&format!(
        "authorization_url = 'https://idp.example/a'
        token_url = '{}'
        jwks_url = '{}'
        id_token = {{ issuers = ['https://idp.example'], algorithms = ['ES256', 'RS256'], {rules} }}",
        fake.url("/token"),
        fake.url("/keys"),
    ))
}

struct Setup {
    fake: FakeProvider,
    service: Service,
    clock: Clock,
    provider: Provider,
}

async fn setup(rules: &str) -> Setup {
    let clock = Clock::manual(now());
    let fake = FakeProvider::start().await;
    fake.respond("/keys", FakeResponse::Json(jwks("1")));
    let service = Service::start(clock.clone(), Vec::new()).await;
    let provider = with_keys(&fake, rules);
    Setup { fake, service, clock, provider }
}

impl Setup {
    async fn verify(&self, token: &str, nonce: Option<&str>) -> Option<Claims> {
        self.provider.verify_id_token(&self.service.context, token, nonce).await
    }

    async fn accepts(&self, token: &str) -> bool {
        self.verify(token, None).await.is_some()
    }

    fn requests(&self) -> usize {
        self.fake.received("/keys").len()
    }
}

#[tokio::test]
async fn a_valid_token_has_claims() {
    let setup = setup("").await;
    let claims = setup.verify(&token(&json!({})), Some("n-1")).await.unwrap();
    assert_eq!(claims.get("sub"), Some(&json!("ann")));
    assert!(setup.provider.supports_id_token());
    assert_eq!(setup.requests(), 1);
}

#[tokio::test]
async fn the_claims_are_checked() {
    let setup = setup("max_age = 3600").await;
    let seconds = now().timestamp();
    for (changes, accepted) in [
        (json!({ "iss": "https://other.example" }), false),
        (json!({ "iss": null }), false),
        (json!({ "iss": ["https://idp.example"] }), false),
        (json!({ "aud": "other-client" }), false),
        (json!({ "aud": "" }), false),
        (json!({ "aud": [] }), false),
        (json!({ "aud": null }), false),
        (json!({ "aud": ["client-id"] }), true),
        // For several parties: issued to this client.
        (json!({ "aud": ["other-client", "client-id"] }), false),
        (json!({ "aud": ["other-client", "client-id"], "azp": "client-id" }), true),
        (json!({ "aud": ["other-client", "client-id"], "azp": "other-client" }), false),
        (json!({ "azp": "other-client" }), false),
        (json!({ "azp": 5 }), false),
        (json!({ "azp": "client-id" }), true),
        (json!({ "sub": null }), false),
        (json!({ "sub": "" }), false),
        (json!({ "exp": seconds - 29 }), true),
        (json!({ "exp": seconds - 30 }), false),
        (json!({ "exp": null }), false),
        (json!({ "exp": "never" }), false),
        (json!({ "exp": 1e300 }), true),
        (json!({ "nbf": seconds + 30 }), true),
        (json!({ "nbf": seconds + 31 }), false),
        (json!({ "nbf": "now" }), false),
        (json!({ "iat": seconds + 30 }), true),
        (json!({ "iat": seconds + 31 }), false),
        (json!({ "iat": null }), false),
        (json!({ "iat": seconds - 3_630 }), true),
        (json!({ "iat": seconds - 3_631 }), false),
    ] {
        assert_eq!(setup.accepts(&token(&changes)).await, accepted, "{changes}");
    }
    assert_eq!(setup.requests(), 1);
}

#[tokio::test]
async fn apps_of_google_get_tokens_for_the_server() {
    let fake = FakeProvider::start().await;
    fake.respond("/keys", FakeResponse::Json(jwks("1")));
    let service = Service::start(Clock::manual(now()), Vec::new()).await;
    let google = provider(&format!(
        "authorization_url = 'https://a.example'
        token_url = 'https://a.example'
        jwks_url = '{}'
        id_token = {{ issuers = ['https://accounts.google.com'] }}",
        fake.url("/keys")
    ));
    let changes = json!({ "iss": "https://accounts.google.com", "azp": "android-client" });
    assert!(google.verify_id_token(&service.context, &token(&changes), None).await.is_some());
}

#[tokio::test]
async fn the_nonce_is_compared() {
    let exact = setup("").await;
    let hashed = setup("nonce = 'exact_or_sha256'").await;
    let sha256 = json!({ "nonce": crypto::hex_digest("n-1") });
    for (setup, changes, nonce, accepted) in [
        (&exact, json!({}), Some("n-1"), true),
        (&exact, json!({}), Some("n-2"), false),
        (&exact, json!({ "nonce": null }), Some("n-1"), false),
        (&exact, json!({ "nonce": ["n-1"] }), Some("n-1"), false),
        (&exact, sha256.clone(), Some("n-1"), false),
        (&exact, json!({}), None, true),
        (&exact, json!({}), Some(""), true),
        (&hashed, sha256, Some("n-1"), true),
        (&hashed, json!({}), Some("n-1"), true),
        (&hashed, json!({ "nonce": crypto::hex_digest("n-2") }), Some("n-1"), false),
    ] {
        let found = setup.verify(&token(&changes), nonce).await;
        assert_eq!(found.is_some(), accepted, "{changes} {nonce:?}");
    }
}

#[tokio::test]
async fn forged_tokens_are_refused() {
    let setup = setup("").await;
    let valid = token(&json!({}));
    let (signed, signature) = valid.rsplit_once('.').unwrap();
    let (_, payload) = signed.split_once('.').unwrap();
    let headed = |header: &Value, signature: &str| {
        format!("{}.{payload}.{signature}", encode(header.to_string().as_bytes()))
    };
    let point = jwks("1")["keys"][0].to_string();
    let secret = crypto::Secrets::single(point.as_str().into());
    for forged in [
        String::new(),
        "token".to_owned(),
        signed.to_owned(),
        headed(&json!({ "alg": "none" }), ""),
        headed(&json!({ "alg": "none" }), signature),
        headed(&json!({ "alg": "ES256", "kid": "2" }), signature),
        headed(&json!({ "alg": "RS256", "kid": "1" }), signature),
        headed(&json!({ "alg": "ES384", "kid": "1" }), signature),
        // Signed with the public key as a secret.
        crypto::jwt::sign(&secret, &claims(&json!({}))),
        format!("{valid}.{signature}"),
    ] {
        assert!(!setup.accepts(&forged).await, "{forged}");
    }
    assert!(setup.accepts(&valid).await);
    setup.fake.respond("/keys", FakeResponse::Json(foreign_jwks()));
    setup.clock.advance(TimeDelta::minutes(10));
    assert!(!setup.accepts(&token(&json!({ "exp": now().timestamp() + 3_600 }))).await);
}

#[tokio::test]
async fn a_token_that_is_no_jwt_is_accepted_where_the_provider_has_such_tokens() {
    let opaque = setup("allow_opaque = true").await;
    assert_eq!(opaque.verify("EAABopaque", None).await, Some(Claims::default()));
    assert!(!opaque.accepts(&token(&json!({ "aud": "other-client" }))).await);
    assert!(!opaque.accepts("a.b.c").await);
}

#[tokio::test]
async fn the_provider_verifies_its_tokens_itself() {
    let fake = FakeProvider::start().await;
    let service = Service::start(Clock::manual(now()), Vec::new()).await;
    let line = provider(&format!(
        "authorization_url = 'https://a.example'
        token_url = '{}'
        id_token = {{ endpoint = 'verify' }}",
        fake.url("/oauth2/v2.1/token")
    ));
    let verify = async |nonce| line.verify_id_token(&service.context, "a.b.c", nonce).await;
    let path = "/oauth2/v2.1/verify";
    let answer = |changes| FakeResponse::Json(Value::Object(claims(&changes)));

    fake.respond(path, answer(json!({ "iss": "https://access.line.me" })));
    assert!(verify(Some("n-1")).await.is_some());
    let request = &fake.received(path)[0];
    assert_eq!(request.body, "id_token=a.b.c&client_id=client-id&nonce=n-1");
    assert!(verify(Some("n-2")).await.is_none());
    // As in better-auth: a nonce that the client did not send.
    assert!(verify(None).await.is_none());
    fake.respond(path, answer(json!({ "nonce": null })));
    assert!(verify(None).await.is_some());
    for refused in [
        answer(json!({ "nonce": null, "aud": "other-client" })),
        answer(json!({ "nonce": null, "exp": 5 })),
        FakeResponse::Json(json!([])),
        FakeResponse::Text(400, json!({ "error": "invalid_request" }).to_string()),
        FakeResponse::Text(200, "<html>".to_owned()),
    ] {
        fake.respond(path, refused);
        assert!(verify(None).await.is_none());
    }
}
