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
    proxy::Detour,
    state::{self, CreatedState, StateData},
};
use crate::{context::Context, cookie, error::AuthError};

/// What the client requests of the provider.
#[derive(Default)]
pub(super) struct Requested {
    pub(super) scopes: Vec<String>,
    pub(super) login_hint: Option<String>,
    pub(super) additional_params: Vec<(String, String)>,
    pub(super) disable_redirect: bool,
}

#[derive(Serialize)]
struct Answer<'a> {
    url: &'a str,
    redirect: bool,
}

/// A sign-in that began.
pub(super) struct Begun {
    /// The URL of the provider.
    pub(super) url: Url,
    /// The state that this host stores.
    pub(super) state: String,
    /// `Set-Cookie` lines of the response.
    pub(super) cookies: Vec<HeaderValue>,
}

/// Creates a state, and responds with the URL of the provider.
pub(super) async fn respond(
    context: &Context,
    headers: &HeaderMap,
    provider: &Provider,
    data: StateData,
    requested: &Requested,
) -> Result<Response, AuthError> {
    let Begun { url, cookies, .. } = begin(context, headers, provider, data, requested).await?;
    let redirect = !requested.disable_redirect;
    let mut response = Json(Answer { url: url.as_str(), redirect }).into_response();
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
    requested: &Requested,
) -> Result<Begun, AuthError> {
    context.foreign_start.note(context, headers);
    let id_token_nonce = provider.requires_nonce().then(random_alphanumeric);
    let data = StateData { id_token_nonce: id_token_nonce.clone(), ..data };
    let detour = Detour::of(context, headers);
    let data = match &detour {
        Some(detour) => detour.with_callback(data),
        None => data,
    };
    let created = state::create(context, headers, data, detour.is_some()).await?;
    let CreatedState { state, code_verifier, json, cookies } = created;
    let (sent, redirect_uri) = match &detour {
        Some(detour) => (detour.package(&state, &json)?, detour.redirect_uri(provider)),
        None => (state.clone(), provider.callback_url(context)),
    };
    let url = provider.authorization_url(&AuthorizationRequest {
        state: &sent,
        code_verifier: &code_verifier,
        redirect_uri: &redirect_uri,
        scopes: &requested.scopes,
        login_hint: requested.login_hint.as_deref(),
        nonce: id_token_nonce.as_deref(),
        additional_params: &requested.additional_params,
    })?;
    Ok(Begun { url, state, cookies })
}
