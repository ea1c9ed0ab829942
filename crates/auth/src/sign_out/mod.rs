//! Sign-out: ends the session of the browser and, if the client follows it, the session at the
//! OpenID provider.
//!
//! Endpoint: `POST sign-out`. Tables: none of its own.
//!
//! The response names the provider's logout URL (OpenID Connect RP-Initiated Logout 1.0) if the
//! user has an account at a provider with such a URL. better-auth's client goes there unless it
//! sent `disableRedirect`.
//!
//! Threats:
//! - An open redirect: `callbackURL` must be of a trusted origin, and the provider itself accepts
//!   registered pages only.

pub(crate) mod openapi;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, HeaderValue, header::LOCATION},
    response::{IntoResponse, Response},
};
use domain::UserId;
use serde::Serialize;
use url::Url;

use crate::{
    account,
    audit::{self, Action, Outcome},
    context::Context,
    cookie,
    error::AuthError,
    extract::{Body, Client, Fields, Input},
    multi_session,
    oauth::LogoutRequest,
    routing::post,
    session::{Credential, Store, Token},
};

/// The module's routes, below `base`.
pub(crate) fn router(base: &str) -> Router<Arc<Context>> {
    Router::new().route(&format!("{base}/sign-out"), post(sign_out))
}

/// The body of `sign-out`.
struct SignOut {
    callback_url: Option<String>,
    disable_redirect: bool,
    state: Option<String>,
}

impl Input for SignOut {
    fn read(fields: &mut Fields<'_>) -> Self {
        let filled = |text: &&str| !text.is_empty();
        Self {
            callback_url: fields.optional_string("callbackURL").filter(filled).map(str::to_owned),
            disable_redirect: fields.optional_boolean("disableRedirect").unwrap_or_default(),
            state: fields.optional_string("state").filter(filled).map(str::to_owned),
        }
    }

    const OPTIONAL: bool = true;
}

#[derive(Serialize)]
struct SignOutAnswer {
    success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect: Option<bool>,
}

async fn sign_out(
    State(context): State<Arc<Context>>,
    client: Client,
    headers: HeaderMap,
    Body(input): Body<SignOut>,
) -> Result<Response, AuthError> {
    let credential = Credential::of(&context, &headers);
    let mut tokens =
        credential.map_or_else(Vec::new, |credential| credential.into_ended(&context, &headers));
    let of_browser = multi_session::held(&context, &headers);
    let removed = multi_session::expire(&context, &of_browser, &headers);
    tokens.extend(of_browser);
    let mut user = None;
    for token in tokens {
        let ended = end(&context, &token, &client).await?;
        user = user.or(ended);
    }
    let url = match user {
        // The session has ended: the response must remove its cookies in any case.
        Some(user) => provider_logout(&context, &user, &input).await.unwrap_or_else(|error| {
            AuthError::log(&error);
            None
        }),
        None => None,
    };
    let redirect = url.is_some().then_some(!input.disable_redirect);
    let location = url.as_ref().filter(|_| redirect == Some(true));
    let location = location.map(|url| HeaderValue::from_str(url.as_str())).transpose();
    let location = location.map_err(domain::Error::internal)?;
    let answer = SignOutAnswer { success: true, url: url.map(String::from), redirect };
    let mut response = Json(answer).into_response();
    if let Some(location) = location {
        response.headers_mut().insert(LOCATION, location);
    }
    let expired = context.cookies.expire_all(&headers);
    Ok(cookie::with(response, [expired, removed].concat()))
}

/// Ends the session of a token, if it has one, and returns its user.
async fn end(
    context: &Context,
    token: &Token,
    client: &Client,
) -> Result<Option<UserId>, AuthError> {
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let Some((session, user)) = Store::of(context).find(connection, token).await? else {
        return Ok(None);
    };
    Store::of(context).delete(connection, &session).await?;
    audit::record(connection, context, Action::SignOut, &user.id, client, Outcome::Done).await?;
    transaction.commit().await?;
    Ok(Some(user.id))
}

/// The logout URL of the provider at which the user signed in last.
async fn provider_logout(
    context: &Context,
    user: &UserId,
    input: &SignOut,
) -> domain::Result<Option<Url>> {
    let mut providers = context.providers.list();
    providers.retain(|provider| provider.has_logout());
    if providers.is_empty() {
        return Ok(None);
    }
    let accounts = account::list_accounts(context.db.reader(), user).await?;
    let url = accounts.iter().find_map(|account| {
        let provider = providers.iter().find(|provider| provider.id() == account.provider)?;
        provider.logout_url(
            context,
            LogoutRequest {
                id_token: account.id_token.as_ref().map(account::StoredToken::as_plain),
                redirect: input.callback_url.as_deref(),
                state: input.state.as_deref(),
            },
        )
    });
    Ok(url)
}
