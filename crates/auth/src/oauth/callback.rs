//! Callback endpoint `callback/{id}`: receives the authorization response.

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
        INVALID_CODE, ISSUER_MISMATCH, ISSUER_MISSING, NO_CODE, NO_PROVIDER, NONCE_BINDING_MISSING,
        STATE_MISMATCH, STATE_NOT_FOUND, UNABLE_TO_GET_USER_INFO,
    },
    identified_user::{IdentifiedUser, SignInOptions},
    non_empty,
    profile::subject,
    provider::{Provider, UserInfoRequest},
    proxy::{ProxyState, production},
    reply::{self, End, Reply},
    state::{self, ConsumedState},
    token_endpoint::CodeGrant,
};
use crate::{
    context::Context,
    error::AuthError,
    extract::{Client, Fields, Input, Query, Read, read},
    redirect,
};

/// The parameters of an authorization response. Sources: RFC 6749, section 4.1.2, and RFC 9207.
pub(super) struct AuthorizationResponse {
    code: Option<String>,
    error: Option<String>,
    device_id: Option<String>,
    error_description: Option<String>,
    state: Option<String>,
    /// Apple's data of the user as JSON, which only the first sign-in has.
    user: Option<String>,
    iss: Option<String>,
}

impl Input for AuthorizationResponse {
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

/// Redirects a response of `response_mode=form_post` to GET, with its parameters in the query.
///
/// Browsers omit `SameSite=Lax` cookies, such as the state's, from a cross-site POST.
pub(super) async fn receive_form_post(
    State(context): State<Arc<Context>>,
    Path(id): Path<String>,
    mut parts: Parts,
) -> Result<Response, AuthError> {
    let Read { input: posted, stricter } = read::<AuthorizationResponse>(&parts, &context)?;
    stricter?;
    let Query(given) =
        Query::<AuthorizationResponse>::from_request_parts(&mut parts, &context).await?;
    let id: String = form_urlencoded::byte_serialize(id.as_bytes()).collect();
    // Names all fields, so that none is lost.
    let AuthorizationResponse { code, error, device_id, error_description, state, user, iss } =
        given;
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in [
        ("code", code.or(posted.code)),
        ("error", error.or(posted.error)),
        ("device_id", device_id.or(posted.device_id)),
        ("error_description", error_description.or(posted.error_description)),
        ("state", state.or(posted.state)),
        ("user", user.or(posted.user)),
        ("iss", iss.or(posted.iss)),
    ] {
        if let Some(value) = value {
            query.append_pair(name, &value);
        }
    }
    let path = context.url_for(&format!("/callback/{id}"), &[]);
    redirect::to(&format!("{path}?{}", query.finish()))
}

/// Completes a sign-in or a linking.
///
/// Errors redirect to the error page, or are posted to the opener of a popup window.
pub(super) async fn receive_callback(
    State(context): State<Arc<Context>>,
    Path(id): Path<String>,
    client: Client,
    headers: HeaderMap,
    Query(callback): Query<AuthorizationResponse>,
) -> Result<Response, AuthError> {
    let Some(state) = non_empty(callback.state.as_deref()) else {
        return reply::redirect_refused(&context, None, &CallbackError::of(STATE_NOT_FOUND));
    };
    if let Some(proxy_state) = ProxyState::open(&context, state) {
        return Box::pin(production::redirect_to_preview(
            &context,
            &client,
            &id,
            &callback,
            &proxy_state,
        ))
        .await;
    }
    let reply = Reply { context: &context, headers: &headers, state };
    let consumed = match state::consume(&context, &headers, state).await {
        Ok(consumed) => consumed,
        Err(error) => return reply.refuse_state(error),
    };
    let request = CallbackRequest {
        context: &context,
        client: &client,
        callback: &callback,
        consumed: &consumed,
    };
    let ended = request.finish(&id, &headers).await;
    reply.end(&consumed, ended)
}

/// A request with an authorization response whose state was consumed.
pub(super) struct CallbackRequest<'a> {
    pub(super) context: &'a Context,
    pub(super) client: &'a Client,
    pub(super) callback: &'a AuthorizationResponse,
    pub(super) consumed: &'a ConsumedState,
}

impl CallbackRequest<'_> {
    async fn finish(&self, id: &str, headers: &HeaderMap) -> Result<End, CallbackError> {
        let Self { context, client, consumed, .. } = *self;
        let identified = self.identify(id).await?;
        let override_user_info = identified.provider.config.override_user_info;
        let options = SignInOptions { disable_sign_up: false, override_user_info };
        identified.link_or_sign_in(context, client, headers, consumed, options).await
    }

    /// Checks the authorization response, exchanges the code, and requests the user's data.
    pub(super) async fn identify(&self, id: &str) -> Result<IdentifiedUser, CallbackError> {
        let Self { context, callback, consumed, .. } = *self;
        if let Some(error) = non_empty(callback.error.as_deref()) {
            return Err(CallbackError::of_provider(error, callback.error_description.as_deref()));
        }
        let code = non_empty(callback.code.as_deref()).ok_or_else(|| CallbackError::of(NO_CODE))?;
        let provider = context.providers.find(&context.http, id).await;
        let provider = provider.ok_or_else(|| CallbackError::of(NO_PROVIDER))?;
        if consumed.provider.as_ref().is_some_and(|begun| begun != provider.id()) {
            tracing::warn!("an authorization response is of another provider than the state");
            return Err(CallbackError::of(STATE_MISMATCH));
        }
        self.check_issuer(&provider)?;
        if provider.requires_nonce() && consumed.id_token_nonce.is_none() {
            return Err(CallbackError::of(NONCE_BINDING_MISSING));
        }
        self.exchange_code(provider, code).await
    }

    /// Checks `iss` of the authorization response (RFC 9207, section 2.4).
    fn check_issuer(&self, provider: &Provider) -> Result<(), CallbackError> {
        let iss = non_empty(self.callback.iss.as_deref());
        if iss.is_some_and(|iss| provider.issuer.as_deref().is_some_and(|own| own != iss)) {
            tracing::warn!(
                provider = provider.id(),
                "an authorization response names another issuer"
            );
            return Err(CallbackError::of(ISSUER_MISMATCH));
        }
        if iss.is_none() && provider.requires_iss() {
            tracing::warn!(
                provider = provider.id(),
                "an authorization response does not name its issuer"
            );
            return Err(CallbackError::of(ISSUER_MISSING));
        }
        Ok(())
    }

    /// Exchanges the code for tokens, and requests the user's data.
    async fn exchange_code(
        &self,
        provider: Arc<Provider>,
        code: &str,
    ) -> Result<IdentifiedUser, CallbackError> {
        let Self { context, callback, consumed, .. } = *self;
        let nonce = consumed.id_token_nonce.as_deref();
        let grant = CodeGrant {
            code,
            code_verifier: &consumed.code_verifier,
            redirect_uri: &provider.callback_url(context),
            device_id: callback.device_id.as_deref(),
        };
        let tokens = provider.exchange(context, &grant).await.map_err(|error| {
            tracing::warn!(provider = provider.id(), %error, "a code was not exchanged");
            let is_unusable = error.is_unusable_response();
            CallbackError::of(if is_unusable { UNABLE_TO_GET_USER_INFO } else { INVALID_CODE })
        })?;
        let user = callback.user.as_deref().and_then(|user| serde_json::from_str(user).ok());
        let request = UserInfoRequest {
            expected_nonce: nonce,
            first_sign_in_user: user.as_ref(),
            embeds_photo: false,
        };
        let unusable = || CallbackError::of(UNABLE_TO_GET_USER_INFO);
        let info = provider.user_info(context, &tokens, request).await.ok_or_else(unusable)?;
        let subject = subject(&info).ok_or_else(unusable)?.to_owned();
        Ok(IdentifiedUser { provider, tokens, info, subject })
    }
}
