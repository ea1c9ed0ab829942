//! `account-info`: the user's profile at the provider of an account, as it is now.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::Value;

use super::{
    access_token::{ValidAccount, unauthorized},
    account_error::{ACCESS_TOKEN_NOT_FOUND, PROVIDER_NOT_CONFIGURED},
    account_selection::AccountSelection,
    error::FAILED_TO_GET_USER_INFO,
    provider::{UserInfo, UserInfoRequest},
    tokens::Tokens,
};
use crate::{
    account::{LinkedAccount, split_scopes},
    context::Context,
    error::AuthError,
    extract::Query,
    session::MaybeSession,
};

#[derive(Serialize)]
struct AccountInfoView<'a> {
    user: ProfileView<'a>,
    data: &'a Value,
    account: AccountKeyView<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProfileView<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
    email_verified: bool,
}

/// As in better-auth: `accountId` is the subject here, and the row's id in requests.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AccountKeyView<'a> {
    id: &'a str,
    provider_id: &'a str,
    account_id: &'a str,
}

impl<'a> AccountInfoView<'a> {
    fn of(info: &'a UserInfo, account: &'a LinkedAccount) -> Self {
        let UserInfo { name, email, email_verified, image, data, subject: _ } = info;
        let LinkedAccount { id, provider, subject, .. } = account;
        Self {
            user: ProfileView {
                name: name.as_deref(),
                email: email.as_deref(),
                image: image.as_deref(),
                email_verified: *email_verified,
            },
            data,
            account: AccountKeyView { id, provider_id: provider, account_id: subject },
        }
    }
}

pub(super) async fn show(
    State(context): State<Arc<Context>>,
    Query(input): Query<AccountSelection>,
    MaybeSession(current): MaybeSession,
) -> Result<Response, AuthError> {
    let Some(current) = current else { return Ok(unauthorized()) };
    let account = input.find(&context, &current).await?;
    let provider = context.providers.find(&context.http, &account.provider).await;
    let provider = provider.ok_or(PROVIDER_NOT_CONFIGURED)?;
    let valid = ValidAccount::of(&context, &provider, account).await?;
    if valid.access_token.expose_secret().is_empty() {
        return Err(ACCESS_TOKEN_NOT_FOUND.into());
    }
    let request = UserInfoRequest { embeds_photo: true, ..UserInfoRequest::default() };
    let info = provider.user_info(&context, &tokens_of(&valid), request).await;
    let info = info.ok_or(FAILED_TO_GET_USER_INFO)?;
    Ok(Json(AccountInfoView::of(&info, &valid.account)).into_response())
}

/// The tokens with which a provider is asked for a profile: all but the refresh token.
fn tokens_of(valid: &ValidAccount) -> Tokens {
    let ValidAccount { account, access_token } = valid;
    let scopes = split_scopes(account.scope.as_deref()).into_iter();
    Tokens {
        access_token: Some(access_token.expose_secret().to_owned()),
        id_token: account.id_token.as_ref().map(|token| token.as_plain().to_owned()),
        access_token_expires_at: account.access_token_expires_at,
        scopes: scopes.map(str::to_owned).collect(),
        ..Tokens::default()
    }
}
