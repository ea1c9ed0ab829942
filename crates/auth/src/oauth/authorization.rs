//! The start of a sign-in or a linking at the provider.

use axum::{
    Json,
    http::{HeaderMap, HeaderValue, header::LOCATION},
    response::{IntoResponse, Response},
};
use domain::{Error, id::random_alphanumeric};
use serde::Serialize;

use super::{
    provider::{AuthorizationRequest, Provider},
    state::{self, CreatedState, StateData},
};
use crate::{context::Context, cookie, error::AuthError};

impl Provider {
    /// The URL to which the provider redirects browsers, as its console must know it.
    pub(crate) fn callback_url(&self, context: &Context) -> String {
        context.link(&format!("/callback/{}", self.id()), &[])
    }
}

/// What the client requests of the provider.
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

/// Creates a state, and responds with the URL of the provider.
pub(super) async fn begin(
    context: &Context,
    headers: &HeaderMap,
    provider: &Provider,
    data: StateData,
    requested: &Requested,
) -> Result<Response, AuthError> {
    context.foreign_start.note(context, headers);
    let id_token_nonce = provider.requires_nonce().then(random_alphanumeric);
    let data = StateData { id_token_nonce: id_token_nonce.clone(), ..data };
    let CreatedState { state, code_verifier, cookies } =
        state::create(context, headers, data).await?;
    let url = provider.authorization_url(&AuthorizationRequest {
        state: &state,
        code_verifier: &code_verifier,
        redirect_uri: &provider.callback_url(context),
        scopes: &requested.scopes,
        login_hint: requested.login_hint.as_deref(),
        nonce: id_token_nonce.as_deref(),
        additional_params: &requested.additional_params,
    })?;
    let redirect = !requested.disable_redirect;
    let mut response = Json(Answer { url: url.as_str(), redirect }).into_response();
    if redirect {
        let location = HeaderValue::from_str(url.as_str()).map_err(Error::internal)?;
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(cookie::with(response, cookies))
}
