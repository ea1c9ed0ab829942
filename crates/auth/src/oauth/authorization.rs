//! The start of a sign-in or a linking at the provider.

use axum::{
    Json,
    http::{HeaderMap, HeaderValue, header::LOCATION},
    response::{IntoResponse, Response},
};
use domain::{Error, id::random_alphanumeric};
use serde::Serialize;
use url::Url;

use super::{
    provider::{AuthorizationRequest, Provider},
    proxy::ProxiedSignIn,
    state::{self, NewState, StateData},
};
use crate::{context::Context, cookie, error::AuthError};

/// What the client sets in an authorization request.
#[derive(Default)]
pub(super) struct AuthorizationOptions {
    pub(super) scopes: Vec<String>,
    pub(super) login_hint: Option<String>,
    pub(super) additional_params: Vec<(String, String)>,
    pub(super) disable_redirect: bool,
}

#[derive(Serialize)]
struct AuthorizationUrlView<'a> {
    url: &'a str,
    redirect: bool,
}

/// A started sign-in, for the redirect to the provider.
pub(super) struct StartedSignIn {
    /// The authorization URL of the provider, with parameters.
    pub(super) url: Url,
    /// The state that this host stores.
    pub(super) state: String,
    /// `Set-Cookie` lines of the response.
    pub(super) cookies: Vec<HeaderValue>,
}

/// Creates a state, and responds with the authorization URL of the provider.
pub(super) async fn respond(
    context: &Context,
    headers: &HeaderMap,
    provider: &Provider,
    data: StateData,
    options: &AuthorizationOptions,
) -> Result<Response, AuthError> {
    let StartedSignIn { url, cookies, .. } =
        begin(context, headers, provider, data, options).await?;
    let redirect = !options.disable_redirect;
    let mut response = Json(AuthorizationUrlView { url: url.as_str(), redirect }).into_response();
    if redirect {
        let location = HeaderValue::from_str(url.as_str()).map_err(Error::internal)?;
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(cookie::with(response, cookies))
}

/// Creates a state. The provider redirects back to this host, or to the production host.
pub(super) async fn begin(
    context: &Context,
    headers: &HeaderMap,
    provider: &Provider,
    data: StateData,
    options: &AuthorizationOptions,
) -> Result<StartedSignIn, AuthError> {
    context.foreign_start.note(context, headers);
    let id_token_nonce = provider.requires_nonce().then(random_alphanumeric);
    let data = StateData { id_token_nonce: id_token_nonce.clone(), ..data };
    let proxied = ProxiedSignIn::of(context, headers);
    let data = match &proxied {
        Some(proxied) => proxied.with_callback(data),
        None => data,
    };
    let created = state::create(context, headers, data, proxied.is_some()).await?;
    let NewState { state, code_verifier, json, cookies } = created;
    let (sent, redirect_uri) = match &proxied {
        Some(proxied) => (proxied.proxy_state(&state, &json)?, proxied.redirect_uri(provider)),
        None => (state.clone(), provider.callback_url(context)),
    };
    let url = provider.authorization_url(&AuthorizationRequest {
        state: &sent,
        code_verifier: &code_verifier,
        redirect_uri: &redirect_uri,
        scopes: &options.scopes,
        login_hint: options.login_hint.as_deref(),
        nonce: id_token_nonce.as_deref(),
        additional_params: &options.additional_params,
    })?;
    Ok(StartedSignIn { url, state, cookies })
}
