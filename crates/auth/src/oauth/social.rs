//! Endpoint `sign-in/social`: starts the authorization code flow, or signs in with an id token.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{
    authorization::{self, AuthorizationOptions},
    error::{
        FAILED_TO_GET_USER_INFO, ID_TOKEN_NOT_SUPPORTED, INVALID_TOKEN, OAUTH_LINK_ERROR,
        PROVIDER_NOT_FOUND, USER_EMAIL_NOT_FOUND,
    },
    input::{FirstSignInUser, IdToken, SignInSocial},
    profile::{Profile, subject},
    provider::{Provider, UserInfo, UserInfoRequest},
    sign_in::{self, Reason, SignInRequest, SignedIn},
    state::StateData,
    tokens::Tokens,
};
use crate::{
    account::Identity,
    context::Context,
    error::AuthError,
    extract::{Body, Client},
    views::UserView,
};

pub(super) async fn sign_in_social(
    State(context): State<Arc<Context>>,
    client: Client,
    headers: HeaderMap,
    Body(input): Body<SignInSocial>,
) -> Result<Response, AuthError> {
    let found = context.providers.find(&context.http, &input.provider).await;
    let provider = found.ok_or(PROVIDER_NOT_FOUND)?;
    match &input.id_token {
        Some(id_token) => {
            sign_in_with_id_token(&context, &client, &headers, &provider, &input, id_token).await
        }
        None => begin(&context, &headers, &provider, input).await,
    }
}

async fn begin(
    context: &Context,
    headers: &HeaderMap,
    provider: &Provider,
    input: SignInSocial,
) -> Result<Response, AuthError> {
    let data = StateData {
        provider: provider.id().to_owned(),
        callback_url: input.callback_url,
        error_url: input.error_url,
        new_user_url: input.new_user_url,
        link: None,
        request_sign_up: input.request_sign_up,
        id_token_nonce: None,
        additional: input.additional_data,
    };
    let options = AuthorizationOptions {
        scopes: input.scopes,
        login_hint: input.login_hint,
        additional_params: input.additional_params,
        disable_redirect: input.disable_redirect,
    };
    authorization::respond(context, headers, provider, data, &options).await
}

#[derive(Serialize)]
struct SignInResponse<'a> {
    redirect: bool,
    token: &'a str,
    user: UserView<'a>,
}

async fn sign_in_with_id_token(
    context: &Context,
    client: &Client,
    headers: &HeaderMap,
    provider: &Provider,
    input: &SignInSocial,
    id_token: &IdToken,
) -> Result<Response, AuthError> {
    let tokens = id_token.tokens();
    let info = identify(context, provider, id_token, &tokens).await?;
    let profile = Profile::of(&info).ok_or(USER_EMAIL_NOT_FOUND)?;
    let subject = subject(&info).ok_or(FAILED_TO_GET_USER_INFO)?;
    let stored = Tokens { refresh_token: None, ..tokens };
    let identity = Identity { provider: provider.id(), subject };
    let request = SignInRequest {
        callback_url: input.callback_url.as_deref(),
        request_sign_up: input.request_sign_up == Some(true),
        ..SignInRequest::new(provider, identity, &profile, &stored)
    };
    let refusal = |reason: Reason| AuthError::explained(OAUTH_LINK_ERROR, reason.text().to_owned());
    let signed_in = sign_in::sign_in(context, client, &request).await;
    let SignedIn { outcome, .. } = signed_in.map_err(|error| error.into_auth_error(refusal))?;
    outcome.response(context, headers, |token, user| {
        Json(SignInResponse { redirect: false, token, user }).into_response()
    })
}

/// Verifies an id token, and reads the user's data in it or at the provider.
pub(super) async fn identify(
    context: &Context,
    provider: &Provider,
    id_token: &IdToken,
    tokens: &Tokens,
) -> Result<UserInfo, AuthError> {
    if !provider.supports_id_token() {
        return Err(ID_TOKEN_NOT_SUPPORTED.into());
    }
    let IdToken { token, nonce, .. } = id_token;
    if provider.verify_id_token(context, token, nonce.as_deref()).await.is_none() {
        return Err(INVALID_TOKEN.into());
    }
    let user = id_token.user.as_ref().map(FirstSignInUser::to_json);
    let request =
        UserInfoRequest { first_sign_in_user: user.as_ref(), ..UserInfoRequest::default() };
    let info = provider.user_info(context, tokens, request).await;
    info.ok_or_else(|| FAILED_TO_GET_USER_INFO.into())
}
