//! `get-access-token`, `refresh-token`.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::{
    account_error::{
        FAILED_TO_GET_ACCESS_TOKEN, FAILED_TO_REFRESH_ACCESS_TOKEN, PROVIDER_NOT_SUPPORTED,
        REFRESH_TOKEN_NOT_FOUND, TOKEN_REFRESH_NOT_SUPPORTED,
    },
    account_selection::AccountSelection,
    provider::Provider,
    refresh::{RefreshedAccount, refresh},
};
use crate::{
    account::{LinkedAccount, StoredToken, split_scopes},
    context::Context,
    error::AuthError,
    extract::JSON,
    session::{MaybeSession, SessionAndInput},
    views::iso_or_null,
};

/// An access token that ends earlier is refreshed.
const MARGIN: TimeDelta = TimeDelta::seconds(5);

/// better-auth's answer to a request without a session at these routes.
pub(super) fn unauthorized() -> Response {
    (StatusCode::UNAUTHORIZED, [(CONTENT_TYPE, JSON)]).into_response()
}

/// An account whose access token is valid, as far as is known.
pub(super) struct ValidAccount {
    pub(super) account: LinkedAccount,
    /// Empty if the provider gave none.
    pub(super) access_token: SecretString,
}

impl ValidAccount {
    /// Refreshes the access token if it has ended or is about to end.
    pub(super) async fn of(
        context: &Context,
        provider: &Provider,
        account: LinkedAccount,
    ) -> Result<Self, AuthError> {
        let now = context.clock.now();
        let ends = account.access_token_expires_at.is_some_and(|end| end - now < MARGIN);
        let has_refresh_token = account.refresh_token.as_ref().is_some_and(|one| !one.is_empty());
        let account = if ends && has_refresh_token && can_refresh(provider) {
            let refreshed = refresh(context, provider, &account).await?;
            refreshed.ok_or(FAILED_TO_GET_ACCESS_TOKEN)?.account
        } else {
            account
        };
        let access_token = open(context, &account, account.access_token.as_ref());
        let access_token = access_token.ok_or(FAILED_TO_GET_ACCESS_TOKEN)?;
        Ok(Self { account, access_token })
    }
}

fn can_refresh(provider: &Provider) -> bool {
    !provider.config.definition.token.no_refresh
}

/// Returns a token, empty if there is none. Returns `None` if it cannot be decrypted, and logs
/// that.
fn open(
    context: &Context,
    account: &LinkedAccount,
    token: Option<&StoredToken>,
) -> Option<SecretString> {
    let Some(token) = token else { return Some(SecretString::default()) };
    let opened = token.open(context);
    opened.inspect_err(|_| tracing::error!(account = account.id, "stored token not readable")).ok()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AccessTokenView<'a> {
    access_token: &'a str,
    #[serde(serialize_with = "iso_or_null", skip_serializing_if = "Option::is_none")]
    access_token_expires_at: Option<DateTime<Utc>>,
    scopes: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<&'a str>,
}

pub(super) async fn get(
    State(context): State<Arc<Context>>,
    SessionAndInput(MaybeSession(current), input): SessionAndInput<MaybeSession, AccountSelection>,
) -> Result<Response, AuthError> {
    let Some(current) = current else { return Ok(unauthorized()) };
    let account = input.find(&context, &current).await?;
    let provider = find_provider(&context, &account).await?;
    let ValidAccount { account, access_token } =
        ValidAccount::of(&context, &provider, account).await?;
    let view = AccessTokenView {
        access_token: access_token.expose_secret(),
        access_token_expires_at: account.access_token_expires_at,
        scopes: split_scopes(account.scope.as_deref()),
        id_token: account.id_token.as_ref().map(StoredToken::as_plain),
    };
    Ok(Json(view).into_response())
}

async fn find_provider(
    context: &Context,
    account: &LinkedAccount,
) -> Result<Arc<Provider>, AuthError> {
    let provider = &account.provider;
    context.providers.find(&context.http, provider).await.ok_or_else(|| {
        let message = format!("Provider {provider} is not supported.");
        AuthError::explained(PROVIDER_NOT_SUPPORTED, message)
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RefreshedView<'a> {
    access_token: &'a str,
    refresh_token: &'a str,
    #[serde(serialize_with = "iso_or_null", skip_serializing_if = "Option::is_none")]
    access_token_expires_at: Option<DateTime<Utc>>,
    #[serde(serialize_with = "iso_or_null")]
    refresh_token_expires_at: Option<DateTime<Utc>>,
    scope: Option<&'a str>,
    id_token: Option<&'a str>,
    provider_id: &'a str,
    account_id: &'a str,
}

pub(super) async fn refresh_now(
    State(context): State<Arc<Context>>,
    SessionAndInput(MaybeSession(current), input): SessionAndInput<MaybeSession, AccountSelection>,
) -> Result<Response, AuthError> {
    let Some(current) = current else { return Ok(unauthorized()) };
    let account = input.find(&context, &current).await?;
    let provider = find_provider(&context, &account).await?;
    if !can_refresh(&provider) {
        let message = format!("Provider {} does not support token refreshing.", account.provider);
        return Err(AuthError::explained(TOKEN_REFRESH_NOT_SUPPORTED, message));
    }
    if account.refresh_token.as_ref().is_none_or(StoredToken::is_empty) {
        return Err(REFRESH_TOKEN_NOT_FOUND.into());
    }
    let refreshed = refresh(&context, &provider, &account).await?;
    let refreshed = refreshed.ok_or(FAILED_TO_REFRESH_ACCESS_TOKEN)?;
    response(&context, &refreshed).ok_or_else(|| FAILED_TO_REFRESH_ACCESS_TOKEN.into())
}

/// The answer with refreshed tokens; `None` if one cannot be decrypted.
fn response(context: &Context, refreshed: &RefreshedAccount) -> Option<Response> {
    let RefreshedAccount { account, access_token_expires_at } = refreshed;
    let access_token = open(context, account, account.access_token.as_ref())?;
    let refresh_token = open(context, account, account.refresh_token.as_ref())?;
    let view = RefreshedView {
        access_token: access_token.expose_secret(),
        refresh_token: refresh_token.expose_secret(),
        access_token_expires_at: *access_token_expires_at,
        refresh_token_expires_at: account.refresh_token_expires_at,
        scope: account.scope.as_deref(),
        id_token: account.id_token.as_ref().map(StoredToken::as_plain),
        provider_id: &account.provider,
        account_id: &account.id,
    };
    Some(Json(view).into_response())
}
