//! Endpoint `link-social`, and the completion of its redirect flow in the callback.
//!
//! The state of the flow names the user, and contains the session's token, encrypted. The callback
//! links nothing unless that session is still valid: a user who signed out, or whose sessions were
//! revoked, does not get another sign-in method afterwards. Nor does it in a browser in which
//! another user is signed in: an attacker may have planted the state there.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use crypto::Vault;
use domain::Result;
use serde_json::json;

use super::{
    account_error::{
        ACCOUNT_ALREADY_LINKED, EMAIL_DOES_NOT_MATCH, LINKING_DIFFERENT_EMAILS_NOT_ALLOWED,
        LINKING_NOT_ALLOWED, SOCIAL_ACCOUNT_ALREADY_LINKED, UNABLE_TO_LINK_ACCOUNT,
    },
    account_linking::{LinkFlow, Linker, NewLink, NotLinked, link},
    authorization::{self, AuthorizationOptions},
    error::{FAILED_TO_GET_USER_INFO, PROVIDER_NOT_FOUND, USER_EMAIL_NOT_FOUND},
    identified_user::IdentifiedUser,
    input::{IdToken, additional_params},
    profile::subject,
    provider::Provider,
    social::identify,
    state::{AdditionalData, LinkingUser, StateData},
};
use crate::{
    account::Identity,
    context::Context,
    error::AuthError,
    error_code::UNAUTHORIZED,
    extract::{Client, Fields, Input},
    session::{self, CurrentSession, SessionAndInput, Token},
};

/// The body of `link-social`.
pub(super) struct LinkSocial {
    callback_url: Option<String>,
    /// The provider's id.
    provider: String,
    id_token: Option<IdToken>,
    request_sign_up: Option<bool>,
    scopes: Vec<String>,
    error_url: Option<String>,
    disable_redirect: bool,
    login_hint: Option<String>,
    additional_params: Vec<(String, String)>,
    additional_data: AdditionalData,
}

impl Input for LinkSocial {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            callback_url: fields.optional_string("callbackURL").map(str::to_owned),
            provider: fields.any_word("provider").to_owned(),
            id_token: fields.optional_object("idToken", IdToken::read_to_link),
            request_sign_up: fields.optional_boolean("requestSignUp"),
            scopes: fields.optional_strings("scopes").unwrap_or_default(),
            error_url: fields.optional_string("errorCallbackURL").map(str::to_owned),
            disable_redirect: fields.optional_boolean("disableRedirect").unwrap_or_default(),
            login_hint: fields.optional_string("loginHint").map(str::to_owned),
            additional_params: additional_params(fields),
            additional_data: fields.optional_record("additionalData").unwrap_or_default(),
        }
    }
}

pub(super) async fn start(
    State(context): State<Arc<Context>>,
    client: Client,
    headers: HeaderMap,
    SessionAndInput(current, input): SessionAndInput<CurrentSession, LinkSocial>,
) -> Result<Response, AuthError> {
    let found = context.providers.find(&context.http, &input.provider).await;
    let provider = found.ok_or(PROVIDER_NOT_FOUND)?;
    match &input.id_token {
        Some(id_token) => {
            link_by_id_token(&context, &client, current, &provider, id_token).await?;
            Ok(Json(json!({ "url": "", "status": true, "redirect": false })).into_response())
        }
        None => redirect(&context, &headers, &current, &provider, input).await,
    }
}

/// Responds with the authorization URL of the provider.
async fn redirect(
    context: &Context,
    headers: &HeaderMap,
    current: &CurrentSession,
    provider: &Provider,
    input: LinkSocial,
) -> Result<Response, AuthError> {
    let data = StateData {
        provider: provider.id().to_owned(),
        callback_url: input.callback_url,
        error_url: input.error_url,
        new_user_url: None,
        link: Some(LinkingUser {
            email: current.user.email.clone(),
            user_id: current.user.id.clone(),
            encrypted_session_token: Some(vault(context).seal(current.session.token.as_str())),
        }),
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

/// Encrypts the session's token in the state.
fn vault(context: &Context) -> Vault {
    Vault::new(context.config.secrets.derived("oauth-link-session-token"))
}

async fn link_by_id_token(
    context: &Context,
    client: &Client,
    current: CurrentSession,
    provider: &Provider,
    id_token: &IdToken,
) -> Result<(), AuthError> {
    let tokens = id_token.tokens();
    let info = identify(context, provider, id_token, &tokens).await?;
    if info.email.as_ref().is_none_or(String::is_empty) {
        return Err(USER_EMAIL_NOT_FOUND.into());
    }
    let subject = subject(&info).ok_or(FAILED_TO_GET_USER_INFO)?;
    let identity = Identity { provider: provider.id(), subject };
    let new = NewLink { identity, user_info: &info, tokens: &tokens, flow: LinkFlow::IdToken };
    let CurrentSession { user, session, .. } = current;
    let by = Linker { user: &user.id, email: &user.email, session: session.token };
    link(context, client, by, &new).await?.map_err(AuthError::from)
}

impl From<NotLinked> for AuthError {
    fn from(reason: NotLinked) -> Self {
        match reason {
            NotLinked::SessionEnded => UNAUTHORIZED.into(),
            NotLinked::NotAllowed => LINKING_NOT_ALLOWED.into(),
            NotLinked::DifferentEmail => LINKING_DIFFERENT_EMAILS_NOT_ALLOWED.into(),
            NotLinked::OtherUser => SOCIAL_ACCOUNT_ALREADY_LINKED.into(),
        }
    }
}

/// Links the identified user's identity to the user of a state. The inner error is the code for
/// the error page.
pub(super) async fn complete_linking(
    context: &Context,
    client: &Client,
    headers: &HeaderMap,
    linking: &LinkingUser,
    identified: &IdentifiedUser,
) -> Result<Result<(), &'static str>> {
    let LinkingUser { email, user_id: user, encrypted_session_token } = linking;
    let signed_in = session::recognize(context, headers).await?;
    if signed_in.is_some_and(|(viewer, _)| viewer.id != *user) {
        tracing::warn!("another user is signed in than the one who began the linking");
        return Ok(Err(UNABLE_TO_LINK_ACCOUNT));
    }
    let token = match encrypted_session_token {
        Some(sealed) => vault(context).open(sealed),
        // A server of an older better-auth began the linking: the browser must still have the
        // session.
        None => context.cookies.session_tokens(headers).into_iter().next(),
    };
    let Some(token) = token else { return Ok(Err(UNABLE_TO_LINK_ACCOUNT)) };
    let by = Linker { user, email, session: Token::from_text(token) };
    let new = NewLink {
        identity: identified.identity(),
        user_info: &identified.info,
        tokens: &identified.tokens,
        flow: LinkFlow::AuthorizationCode,
    };
    let outcome = link(context, client, by, &new).await?;
    Ok(outcome.map_err(|reason| match reason {
        NotLinked::SessionEnded | NotLinked::NotAllowed => UNABLE_TO_LINK_ACCOUNT,
        NotLinked::DifferentEmail => EMAIL_DOES_NOT_MATCH,
        NotLinked::OtherUser => ACCOUNT_ALREADY_LINKED,
    }))
}
