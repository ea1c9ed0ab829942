use axum::http::header::AUTHORIZATION;
use base64::{Engine, prelude::BASE64_STANDARD};
use crypto::jwk::Jwks;
use domain::Clock;
use secrecy::SecretString;
use serde_json::json;

use super::*;
use crate::oauth::{
    fake_provider::{FakeProvider, FakeResponse, Service, provider},
    id_token::tests::{jwks, now, token},
};

const GRANT: CodeGrant<'_> = CodeGrant {
    code: "the code",
    code_verifier: "verifier",
    redirect_uri: "https://books.example/callback",
    device_id: Some("device"),
};

struct Setup {
    fake: FakeProvider,
    service: Service,
    provider: Provider,
}

/// A provider with these tables.
async fn setup(tables: &str) -> Setup {
    let fake = FakeProvider::start().await;
    let service = Service::start(Clock::manual(now()), Vec::new()).await;
    let urls = format!("authorization_url = '{0}/a'\ntoken_url = '{0}/token'", fake.origin);
    Setup { provider: provider(&format!("{urls}\n{tables}")), fake, service }
}

impl Setup {
    async fn exchange(&self, answer: FakeResponse) -> Result<Tokens, TokenError> {
        self.fake.respond("/token", answer);
        self.provider.exchange(&self.service.context, &GRANT).await
    }

    async fn refresh(&self, answer: FakeResponse) -> Result<Tokens, TokenError> {
        self.fake.respond("/token", answer);
        self.provider.refresh(&self.service.context, "the refresh token").await
    }

    /// The latest request's body, and its credentials of HTTP Basic.
    fn sent(&self) -> (String, Option<String>) {
        let request = self.fake.received("/token").pop().unwrap();
        let basic = request.headers.get(AUTHORIZATION).map(|value| {
            let encoded = value.to_str().unwrap().strip_prefix("Basic ").unwrap();
            String::from_utf8(BASE64_STANDARD.decode(encoded).unwrap()).unwrap()
        });
        (request.body, basic)
    }
}

fn issued() -> FakeResponse {
    FakeResponse::Json(json!({ "access_token": "a", "expires_in": 60, "scope": "x y" }))
}

#[tokio::test]
async fn a_code_is_exchanged() {
    let setup = setup("token = { device_id = true, parameters = { code = 'no', audience = 'b' } }");
    let setup = setup.await;
    let tokens = setup.exchange(issued()).await.unwrap();
    assert_eq!(tokens.access_token.as_deref(), Some("a"));
    assert_eq!(tokens.access_token_expires_at, Some(now() + chrono::TimeDelta::minutes(1)));
    let body = "grant_type=authorization_code&code=the+code&code_verifier=verifier\
        &device_id=device&redirect_uri=https%3A%2F%2Fbooks.example%2Fcallback&audience=b\
        &client_id=client-id&client_secret=client-secret";
    assert_eq!(setup.sent(), (body.to_owned(), None));
}

#[tokio::test]
async fn the_client_authenticates_as_the_provider_says() {
    let basic = setup(
        "authorization = { pkce = false }
        token = { authentication = 'basic', refresh_authentication = 'none', expires_in = 5,
            headers = { X-Own = 'y' },
            refresh_parameters = { refresh_token = 'no', scope = 'z', client_id = 'no' } }",
    )
    .await;
    basic.exchange(issued()).await.unwrap();
    let body = "grant_type=authorization_code&code=the+code\
        &redirect_uri=https%3A%2F%2Fbooks.example%2Fcallback";
    assert_eq!(basic.sent(), (body.to_owned(), Some("client-id:client-secret".to_owned())));
    assert_eq!(basic.fake.received("/token")[0].headers.get("x-own").unwrap(), "y");

    let tokens = basic.refresh(FakeResponse::Json(json!({ "access_token": "b" }))).await.unwrap();
    assert_eq!(tokens.access_token_expires_at, Some(now() + chrono::TimeDelta::seconds(5)));
    let body =
        "grant_type=refresh_token&refresh_token=the+refresh+token&client_id=client-id&scope=z";
    assert_eq!(basic.sent(), (body.to_owned(), None));
}

#[tokio::test]
async fn a_response_without_tokens_is_an_error() {
    let setup = setup("").await;
    let refused = json!({ "error": "invalid_grant", "error_description": "used\ncode" });
    let facebook = json!({ "error": { "message": "No", "code": 100 } });
    for (response, expected) in [
        (
            FakeResponse::Text(400, refused.to_string()),
            "the provider refused: invalid_grant (usedcode)",
        ),
        // GitHub, Slack, WeChat.
        (FakeResponse::Json(refused.clone()), "the provider refused: invalid_grant (usedcode)"),
        (FakeResponse::Json(json!({ "ok": false, "error": "bad" })), "the provider refused: bad"),
        (
            FakeResponse::Json(json!({ "errcode": 40029, "errmsg": "invalid code" })),
            "the provider refused: 40029 (invalid code)",
        ),
        (FakeResponse::Text(400, facebook.to_string()), "the provider refused: 100 (No)"),
        (FakeResponse::Json(json!({})), "the response has no token"),
        (FakeResponse::Json(json!({ "access_token": "" })), "the response has no token"),
        (FakeResponse::Json(json!(null)), "the response has no token"),
        (FakeResponse::Text(200, "<html>".to_owned()), "/token: the response is no JSON"),
        (FakeResponse::Text(200, String::new()), "/token: the response is no JSON"),
        (FakeResponse::Text(500, "{}".to_owned()), "status 500 Internal Server Error"),
        (FakeResponse::Redirect(setup.fake.url("/elsewhere")), "/token: the response redirects"),
        (FakeResponse::Text(200, " ".repeat(10 * 1024 * 1024)), "more than 1048576 bytes"),
    ] {
        let is_unusable = expected.contains("no token") || expected.contains("no JSON");
        for result in [setup.exchange(response.clone()).await, setup.refresh(response).await] {
            let error = result.unwrap_err();
            assert_eq!(error.is_unusable_response(), is_unusable, "{error}");
            let error = error.to_string();
            assert!(error.contains(expected), "{error} / {expected}");
            assert!(!error.contains("client-secret") && !error.contains("the code"), "{error}");
        }
    }
    assert!(setup.fake.received("/elsewhere").is_empty());
}

#[tokio::test]
async fn an_exchange_may_return_an_id_token_alone_and_a_refresh_may_not() {
    let setup = setup("").await;
    let only = FakeResponse::Json(json!({ "id_token": "a.b.c" }));
    assert!(setup.exchange(only.clone()).await.is_ok());
    assert!(matches!(setup.refresh(only).await, Err(TokenError::NoToken)));
}

#[tokio::test]
async fn an_id_token_from_the_token_url_is_for_this_client() {
    let rules = "jwks_url = 'https://idp.example/keys'
        id_token = { issuers = ['https://idp.example'], max_age = 3600 }";
    let setup = setup(rules).await;
    let with =
        |token: String| FakeResponse::Json(json!({ "access_token": "a", "id_token": token }));
    assert!(setup.exchange(with(token(&json!({})))).await.is_ok());
    let seconds = now().timestamp();
    for changes in [
        json!({ "aud": "other-client" }),
        json!({ "iss": "https://other.example" }),
        json!({ "exp": seconds - 60 }),
        json!({ "iat": seconds + 60 }),
        json!({ "sub": null }),
    ] {
        let refused = setup.exchange(with(token(&changes))).await;
        assert!(matches!(refused, Err(TokenError::IdToken(_))), "{changes}");
        assert!(refused.unwrap_err().is_unusable_response());
    }
    // No JWT, so no claims.
    assert!(setup.exchange(with("opaque".to_owned())).await.is_ok());
}

#[tokio::test]
async fn apples_client_secret_is_signed() {
    const KEY: &str = "-----BEGIN PRIVATE KEY-----\\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQ\
        QgjpsQnnGQmL+YBIff\\nH1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp\\n7x\
        O6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt\\n-----END PRIVATE KEY-----";
    let tables = "token = { client_secret_jwt_audience = 'https://appleid.apple.com' }
        variables = { team_id = { default = 'TEAM' }, key_id = { default = 'KEY-1' } }";
    let mut setup = setup(tables).await;
    setup.provider.config.client_secret = Some(SecretString::from(KEY));
    setup.exchange(issued()).await.unwrap();
    let (body, _) = setup.sent();
    let (_, secret) = body.rsplit_once("client_secret=").unwrap();
    let keys = Jwks::parse(&jwks("KEY-1")).unwrap();
    let claims = keys.verify(secret, &[crypto::jwk::Algorithm::Es256]).unwrap();
    let seconds = now().timestamp();
    let expected = json!({
        "iss": "TEAM", "iat": seconds, "exp": seconds + 600, "aud": "https://appleid.apple.com",
        "sub": "client-id",
    });
    assert_eq!(Value::Object(claims), expected);

    // A secret that the team signed itself.
    setup.provider.config.client_secret = Some(SecretString::from("ey.J.x"));
    setup.exchange(issued()).await.unwrap();
    assert!(setup.sent().0.ends_with("&client_secret=ey.J.x"));
    setup.provider.config.client_secret = Some(SecretString::from("-----BEGIN RSA"));
    assert!(matches!(setup.exchange(issued()).await, Err(TokenError::InvalidKey)));
    setup.provider.config.definition.variables.clear();
    setup.provider.config.client_secret = Some(SecretString::from(KEY));
    assert!(matches!(setup.exchange(issued()).await, Err(TokenError::MissingVariable("team_id"))));
}

#[tokio::test]
async fn a_provider_without_refresh_is_not_asked() {
    let setup = setup("token = { no_refresh = true }").await;
    assert!(matches!(setup.refresh(issued()).await, Err(TokenError::NoRefresh)));
    assert!(setup.fake.received("/token").is_empty());
}

#[tokio::test]
async fn wechat_exchanges_by_get() {
    let setup = setup("exception = 'wechat'").await;
    let response = json!({
        "access_token": "a", "expires_in": 7200, "refresh_token": "r", "openid": "o",
        "scope": "snsapi_login,snsapi_userinfo",
    });
    let tokens = setup.exchange(FakeResponse::Json(response.clone())).await.unwrap();
    assert_eq!(
        (tokens.token_type.as_deref(), tokens.openid.as_deref()),
        (Some("Bearer"), Some("o"))
    );
    assert_eq!(tokens.scopes, ["snsapi_login", "snsapi_userinfo"]);
    let refused =
        FakeResponse::Json(json!({ "errcode": 40030, "errmsg": "invalid refresh_token" }));
    setup.fake.respond("/refresh_token", refused);
    let error = setup.refresh(issued()).await.unwrap_err().to_string();
    assert_eq!(error, "the provider refused: 40030 (invalid refresh_token)");
}
