//! WeChat's token requests: by GET, with other names.

use secrecy::ExposeSecret;
use serde_json::Value;
use url::Url;

use super::TokenError;
use crate::{
    context::Context,
    oauth::{provider::Provider, tokens::Tokens},
};

pub(super) async fn exchange(
    provider: &Provider,
    context: &Context,
    code: &str,
) -> Result<Tokens, TokenError> {
    let url = exchange_url(provider, code);
    let response = context.http.get_json(url.as_str(), &[]).await?;
    read(provider, context, &response)
}

pub(super) async fn refresh(
    provider: &Provider,
    context: &Context,
    refresh_token: &str,
) -> Result<Tokens, TokenError> {
    let url = refresh_url(provider, refresh_token);
    let response = context.http.get_json(url.as_str(), &[]).await?;
    read(provider, context, &response)
}

pub(super) fn exchange_url(provider: &Provider, code: &str) -> Url {
    let secret = provider.config.client_secret.as_ref();
    with_query(
        provider.token_url.clone(),
        &[
            ("appid", provider.client_id()),
            ("secret", secret.map_or("", |secret| secret.expose_secret())),
            ("code", code),
            ("grant_type", "authorization_code"),
        ],
    )
}

/// The URL beside the token URL.
pub(super) fn refresh_url(provider: &Provider, refresh_token: &str) -> Url {
    let mut url = provider.token_url.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop().push("refresh_token");
    }
    with_query(
        url,
        &[
            ("appid", provider.client_id()),
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
        ],
    )
}

fn with_query(mut url: Url, query: &[(&str, &str)]) -> Url {
    url.query_pairs_mut().extend_pairs(query);
    url
}

/// Scopes are between commas, and all tokens are bearer tokens.
fn read(provider: &Provider, context: &Context, response: &Value) -> Result<Tokens, TokenError> {
    let scope = response.get("scope").and_then(Value::as_str).unwrap_or_default();
    let scopes = scope.split(',').filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
    let tokens = provider.read_tokens(response, context.clock.now())?;
    Ok(Tokens { token_type: Some("Bearer".to_owned()), scopes, ..tokens })
}
