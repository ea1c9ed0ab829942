//! The preview: completes a sign-in whose user the production host identified.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use url::Url;

use super::{ProxiedSignIn, payload::Payload, production::page_of};
use crate::{
    context::Context,
    error::AuthError,
    extract::{Client, Fields, Input, Query},
    oauth::{
        callback_error::CallbackError,
        error::{
            MISSING_PROFILE, NO_PROVIDER, PAYLOAD_EXPIRED, PROVIDER_MISMATCH, STATE_MISMATCH,
            UNABLE_TO_GET_USER_INFO,
        },
        identified_user::{IdentifiedUser, SignInOptions},
        non_empty,
        profile::subject,
        reply::{End, Reply, redirect_refused},
        state::{self, ConsumedState, StateError},
    },
};

/// The query of the completion URL.
pub(in super::super) struct Completion {
    /// The encrypted payload.
    profile: Option<String>,
}

impl Input for Completion {
    fn read(fields: &mut Fields<'_>) -> Self {
        // Only its check as a redirect target matters: the state has the value that is used.
        fields.string("callbackURL");
        Self { profile: fields.optional_string("profile").map(str::to_owned) }
    }
}

pub(in super::super) async fn complete_sign_in(
    State(context): State<Arc<Context>>,
    Path(id): Path<String>,
    client: Client,
    headers: HeaderMap,
    Query(input): Query<Completion>,
) -> Result<Response, AuthError> {
    complete(&context, &client, &headers, Some(&id), input).await
}

pub(in super::super) async fn complete_at_legacy_path(
    State(context): State<Arc<Context>>,
    client: Client,
    headers: HeaderMap,
    Query(input): Query<Completion>,
) -> Result<Response, AuthError> {
    complete(&context, &client, &headers, None, input).await
}

/// Signs in or links. Errors redirect to the error page, or are posted to the opener of a popup
/// window.
async fn complete(
    context: &Context,
    client: &Client,
    headers: &HeaderMap,
    id: Option<&str>,
    input: Completion,
) -> Result<Response, AuthError> {
    let payload = match read(context, id, input) {
        Ok(payload) => payload,
        Err(RefusedPayload { code, error_url }) => {
            return redirect_refused(context, error_url.as_deref(), &CallbackError::of(code));
        }
    };
    let state = payload.state.clone();
    let reply = Reply { context, headers, state: &state };
    let error_url = trusted(context, payload.error_url.as_deref());
    let mut consumed = match state::consume(context, headers, &state).await {
        Ok(consumed) => consumed,
        // One code for all reasons. The cookie stays until it expires.
        Err(StateError::Refused(_)) => {
            return reply.refuse(error_url, &CallbackError::of(STATE_MISMATCH));
        }
        Err(StateError::Failed(error)) => {
            return reply.refuse(error_url, &CallbackError::from(AuthError::from(error)));
        }
    };
    // The stored callback URL is the completion URL, which contains the client's.
    if let Some(page) = Url::parse(&consumed.callback_url).ok().as_ref().and_then(page_of) {
        consumed.callback_url = page;
    }
    let ended = link_or_sign_in(context, client, headers, &consumed, payload).await;
    reply.end(&consumed, ended)
}

/// Why a payload is not used.
struct RefusedPayload {
    code: &'static str,
    error_url: Option<String>,
}

/// Decrypts and checks the payload.
fn read(context: &Context, id: Option<&str>, input: Completion) -> Result<Payload, RefusedPayload> {
    let unknown = |code| RefusedPayload { code, error_url: None };
    let sealed = non_empty(input.profile).ok_or_else(|| unknown(MISSING_PROFILE))?;
    // The production host itself accepts no payload.
    let proxied = ProxiedSignIn::of_preview(context).ok_or_else(|| unknown(STATE_MISMATCH))?;
    let payload = Payload::open(context, proxied.config, &sealed).map_err(unknown)?;
    let code = if id.is_some_and(|id| id != payload.provider()) {
        PROVIDER_MISMATCH
    } else if !payload.is_current(context.clock.now()) {
        PAYLOAD_EXPIRED
    } else {
        return Ok(payload);
    };
    let error_url = trusted(context, payload.error_url.as_deref()).map(str::to_owned);
    Err(RefusedPayload { code, error_url })
}

/// The URL of an error page, if it is allowed here.
fn trusted<'u>(context: &Context, url: Option<&'u str>) -> Option<&'u str> {
    url.filter(|url| context.origins.trusts_target(url))
}

/// Links or signs in the user of the payload, by the state that this host stored.
async fn link_or_sign_in(
    context: &Context,
    client: &Client,
    headers: &HeaderMap,
    consumed: &ConsumedState,
    payload: Payload,
) -> Result<End, CallbackError> {
    if !consumed.is_proxied || consumed.provider.as_deref() != Some(payload.provider()) {
        tracing::warn!("a payload of the production host is for another sign-in");
        return Err(CallbackError::of(STATE_MISMATCH));
    }
    let provider = context.providers.find(&context.http, payload.provider()).await;
    let provider = provider.ok_or_else(|| CallbackError::of(NO_PROVIDER))?;
    let options = SignInOptions {
        disable_sign_up: payload.disables_sign_up(),
        // The payload does not have this setting of the production host.
        override_user_info: false,
    };
    let (info, tokens) = payload.into_user();
    let subject = subject(&info).ok_or_else(|| CallbackError::of(UNABLE_TO_GET_USER_INFO))?;
    let subject = subject.to_owned();
    let identified = IdentifiedUser { provider, tokens, info, subject };
    identified.link_or_sign_in(context, client, headers, consumed, options).await
}
