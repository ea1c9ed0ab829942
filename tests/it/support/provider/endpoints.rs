//! The endpoints of the fake providers.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    response::{IntoResponse, Response},
};
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{FakeProviderConfig, Grant, ProviderRequest, Shared, is_custom, merge, signing};

/// Responds to a request to `/{provider}/{endpoint}`.
pub(super) async fn response(
    State(shared): State<Arc<Shared>>,
    Path((provider, endpoint)): Path<(String, String)>,
    Query(mut parameters): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
    body: String,
) -> Response {
    parameters.extend(url::form_urlencoded::parse(body.as_bytes()).into_owned());
    let authorization = headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned());
    let request = ProviderRequest { provider, endpoint, authorization, parameters };
    shared.requests.lock().unwrap().push(request.clone());
    let config = shared.with_config(&request.provider, |config| config.clone());
    if let Some(fault) = config.faults.get(&*request.endpoint) {
        return fault.response().await;
    }
    let (status, body) = match &*request.endpoint {
        "token" => shared.token(&request),
        "keys" => (StatusCode::OK, signing::jwks(config.keys_rotated)),
        "user" => shared.profile(&request, |config| &config.user),
        "user/emails" => shared.profile(&request, |config| &config.emails),
        ".well-known/openid-configuration" if is_custom(&request.provider) => {
            (StatusCode::OK, shared.discovery(&request.provider))
        }
        _ => (StatusCode::NOT_FOUND, Value::Null),
    };
    (status, Json(body)).into_response()
}

impl Shared {
    fn discovery(&self, provider: &str) -> Value {
        let url = |endpoint| self.endpoint_url(provider, endpoint);
        json!({
            "issuer": self.issuer(provider),
            "authorization_endpoint": url("authorize"),
            "token_endpoint": url("token"),
            "userinfo_endpoint": url("user"),
            "jwks_uri": url("keys"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
            "authorization_response_iss_parameter_supported": true,
        })
    }

    /// Returns a part of the provider account of the access token.
    fn profile(
        &self,
        request: &ProviderRequest,
        part: impl Fn(&FakeProviderConfig) -> &Value,
    ) -> (StatusCode, Value) {
        let token = request.authorization.as_deref().and_then(|value| value.split(' ').nth(1));
        match token.and_then(|token| self.access_tokens.lock().unwrap().get(token).cloned()) {
            Some(grant) => (StatusCode::OK, part(&grant.config).clone()),
            None => (StatusCode::UNAUTHORIZED, json!({ "error": "invalid_token" })),
        }
    }

    fn token(&self, request: &ProviderRequest) -> (StatusCode, Value) {
        let provider = &*request.provider;
        let grant = self.grant(request);
        match grant {
            Ok(grant) => (StatusCode::OK, self.tokens(provider, grant)),
            // GitHub answers errors with status 200.
            Err(error) if provider == "github" => (StatusCode::OK, json!({ "error": error })),
            Err(error) => (StatusCode::BAD_REQUEST, json!({ "error": error })),
        }
    }

    /// Returns the grant of a token request. Codes and refresh tokens are used once.
    fn grant(&self, request: &ProviderRequest) -> Result<Grant, &'static str> {
        let parameter = |name| request.parameters.get(name).map_or("", String::as_str);
        if !is_authenticated(request) {
            return Err("invalid_client");
        }
        if parameter("grant_type") == "refresh_token" {
            let mut tokens = self.refresh_tokens.lock().unwrap();
            return tokens.remove(parameter("refresh_token")).ok_or("invalid_grant");
        }
        let grant = self.codes.lock().unwrap().remove(parameter("code"));
        let grant = grant.ok_or("invalid_grant")?;
        let verifier = Sha256::digest(parameter("code_verifier"));
        let challenge = grant.query.get("code_challenge");
        let is_verified =
            challenge.is_none_or(|challenge| *challenge == BASE64_URL_SAFE_NO_PAD.encode(verifier));
        let is_redirect = grant.query["redirect_uri"] == parameter("redirect_uri");
        (is_verified && is_redirect).then_some(grant).ok_or("invalid_grant")
    }

    /// Returns the token response.
    fn tokens(&self, provider: &str, grant: Grant) -> Value {
        let id = domain::id::random_alphanumeric();
        let (access, refresh) = (format!("access-{id}"), format!("refresh-{id}"));
        let mut response = json!({ "access_token": access, "token_type": "Bearer",
            "refresh_token": refresh, "expires_in": 3600,
            "scope": grant.query.get("scope").cloned().unwrap_or_default() });
        // The current configuration, so that a test changes the responses to refreshes.
        let config = self.with_config(provider, |config| config.clone());
        if provider != "github" {
            let nonce = grant.query.get("nonce").map(String::as_str);
            let signed = FakeProviderConfig { user: grant.config.user.clone(), ..config.clone() };
            response["id_token"] = json!(self.id_token(provider, &signed, nonce));
        }
        merge(&mut response, &config.tokens);
        self.access_tokens.lock().unwrap().insert(access, grant.clone());
        self.refresh_tokens.lock().unwrap().insert(refresh, grant);
        response
    }
}

/// Returns whether a token request has the client's id and secret.
fn is_authenticated(request: &ProviderRequest) -> bool {
    let provider = &request.provider;
    let (id, secret) = (format!("{provider}-client"), format!("{provider}-secret"));
    let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("{id}:{secret}")));
    let parameter = |name| request.parameters.get(name);
    request.authorization.as_ref() == Some(&basic)
        || (parameter("client_id") == Some(&id) && parameter("client_secret") == Some(&secret))
}
