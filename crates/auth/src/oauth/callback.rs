//! `callback/{id}`: the provider's answer, which the browser brings.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Path, State},
    http::{HeaderMap, request::Parts},
    response::Response,
};
use url::form_urlencoded;

use super::{
    callback_error::CallbackError,
    error::{
        INVALID_CODE, ISSUER_MISMATCH, ISSUER_MISSING, NO_CODE, NO_PROVIDER,
        NONCE_BINDING_MISSING, STATE_MISMATCH, STATE_NOT_FOUND, UNABLE_TO_GET_USER_INFO,
    },
    identified::{Identified, SignInOptions},
    non_empty,
    profile::subject,
    provider::{Provider, UserInfoRequest},
    proxy::{Package, production},
    reply::{self, End, Reply},
    state::{self, TakenState},
    token_endpoint::CodeGrant,
};
use crate::{
    context::Context,
    error::AuthError,
    extract::{Client, Fields, Input, Query, Read, read},
    redirect,
};

/// The values of a provider's answer.
pub(super) struct Callback {
    code: Option<String>,
    error: Option<String>,
    device_id: Option<String>,
    error_description: Option<String>,
    state: Option<String>,
    /// What Apple tells at the first sign-in only, as JSON.
    user: Option<String>,
    iss: Option<String>,
}

impl Input for Callback {
    const OPTIONAL: bool = true;

    fn read(fields: &mut Fields<'_>) -> Self {
        let mut text = |name| fields.optional_string(name).map(str::to_owned);
        Self {
            code: text("code"),
            error: text("error"),
            device_id: text("device_id"),
            error_description: text("error_description"),
            state: text("state"),
            user: text("user"),
            iss: text("iss"),
        }
    }
}

/// Redirects a posted answer to the same URL, with its values in the query. A browser sends the
/// cookie of the state only then, because another site's page posted the answer.
pub(super) async fn post(
    State(context): State<Arc<Context>>,
    Path(id): Path<String>,
    mut parts: Parts,
) -> Result<Response, AuthError> {
    let Read { input: posted, stricter } = read::<Callback>(&parts, &context)?;
    stricter?;
    let Query(given) = Query::<Callback>::from_request_parts(&mut parts, &context).await?;
    let id: String = form_urlencoded::byte_serialize(id.as_bytes()).collect();
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in [
        ("code", given.code.or(posted.code)),
        ("error", given.error.or(posted.error)),
        ("device_id", given.device_id.or(posted.device_id)),
        ("error_description", given.error_description.or(posted.error_description)),
        ("state", given.state.or(posted.state)),
        ("user", given.user.or(posted.user)),
        ("iss", given.iss.or(posted.iss)),
    ] {
        if let Some(value) = value {
            query.append_pair(name, &value);
        }
    }
    let path = context.link(&format!("/callback/{id}"), &[]);
    redirect::to(&format!("{path}?{}", query.finish()))
}

/// Ends a sign-in or a linking. Every error redirects to the page of errors, or is posted to the
/// page that opened a popup window.
pub(super) async fn get(
    State(context): State<Arc<Context>>,
    Path(id): Path<String>,
    client: Client,
    headers: HeaderMap,
    Query(callback): Query<Callback>,
) -> Result<Response, AuthError> {
    let Some(state) = non_empty(callback.state.as_deref()) else {
        return reply::redirect_refused(&context, None, &CallbackError::of(STATE_NOT_FOUND));
    };
    if let Some(package) = Package::open(&context, state) {
        return Box::pin(production::pass_on(&context, &client, &id, &callback, &package)).await;
    }
    let reply = Reply { context: &context, headers: &headers, state };
    let taken = match state::take(&context, &headers, state).await {
        Ok(taken) => taken,
        Err(error) => return reply.refuse_state(error),
    };
    let answer = Answer { context: &context, client: &client, callback: &callback, taken: &taken };
    let ended = answer.finish(&id, &headers).await;
    reply.end(&taken, ended)
}

/// A provider's answer to a sign-in.
pub(super) struct Answer<'a> {
    pub(super) context: &'a Context,
    pub(super) client: &'a Client,
    pub(super) callback: &'a Callback,
    pub(super) taken: &'a TakenState,
}

impl Answer<'_> {
    async fn finish(&self, id: &str, headers: &HeaderMap) -> Result<End, CallbackError> {
        let Self { context, client, taken, .. } = *self;
        let identified = self.identify(id).await?;
        let override_user_info = identified.provider.config.override_user_info;
        let options = SignInOptions { disable_sign_up: false, override_user_info };
        identified.link_or_sign_in(context, client, headers, taken, options).await
    }

    /// Checks the answer, and reads the user's data at the provider with this id.
    pub(super) async fn identify(&self, id: &str) -> Result<Identified, CallbackError> {
        let Self { context, callback, taken, .. } = *self;
        if let Some(error) = non_empty(callback.error.as_deref()) {
            return Err(CallbackError::of_provider(error, callback.error_description.as_deref()));
        }
        let code = non_empty(callback.code.as_deref()).ok_or_else(|| CallbackError::of(NO_CODE))?;
        let provider = context.providers.find(&context.http, id).await;
        let provider = provider.ok_or_else(|| CallbackError::of(NO_PROVIDER))?;
        if taken.provider.as_ref().is_some_and(|begun| begun != provider.id()) {
            tracing::warn!("a provider answered a sign-in that began at another one");
            return Err(CallbackError::of(STATE_MISMATCH));
        }
        self.check_issuer(&provider)?;
        if provider.requires_nonce() && taken.id_token_nonce.is_none() {
            return Err(CallbackError::of(NONCE_BINDING_MISSING));
        }
        self.exchange_code(provider, code).await
    }

    /// Checks `iss` of the authorization response (RFC 9207, section 2.4).
    fn check_issuer(&self, provider: &Provider) -> Result<(), CallbackError> {
        let Self { callback, .. } = *self;
        let iss = non_empty(callback.iss.as_deref());
        if iss.is_some_and(|iss| provider.issuer.as_deref().is_some_and(|own| own != iss)) {
            tracing::warn!(provider = provider.id(), "an answer names another issuer");
            return Err(CallbackError::of(ISSUER_MISMATCH));
        }
        if iss.is_none() && provider.answers_with_issuer() {
            tracing::warn!(provider = provider.id(), "an answer does not name its issuer");
            return Err(CallbackError::of(ISSUER_MISSING));
        }
        Ok(())
    }

    /// Exchanges the code for tokens, and requests the user's data.
    async fn exchange_code(
        &self,
        provider: Arc<Provider>,
        code: &str,
    ) -> Result<Identified, CallbackError> {
        let Self { context, callback, taken, .. } = *self;
        let nonce = taken.id_token_nonce.as_deref();
        let grant = CodeGrant {
            code,
            code_verifier: &taken.code_verifier,
            redirect_uri: &provider.callback_url(context),
            device_id: callback.device_id.as_deref(),
        };
        let tokens = provider.exchange(context, &grant).await.map_err(|error| {
            tracing::warn!(provider = provider.id(), %error, "a code was not exchanged");
            let is_unusable = error.is_unusable_response();
            CallbackError::of(if is_unusable { UNABLE_TO_GET_USER_INFO } else { INVALID_CODE })
        })?;
        let user = callback.user.as_deref().and_then(|user| serde_json::from_str(user).ok());
        let request = UserInfoRequest { expected_nonce: nonce, first_sign_in_user: user.as_ref() };
        let unusable = || CallbackError::of(UNABLE_TO_GET_USER_INFO);
        let info = provider.user_info(context, &tokens, request).await.ok_or_else(unusable)?;
        let subject = subject(&info).ok_or_else(unusable)?.to_owned();
        Ok(Identified { provider, tokens, info, subject })
    }
}
