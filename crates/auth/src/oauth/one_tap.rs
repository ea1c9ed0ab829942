//! better-auth's plugin `one-tap`: sign-in with the id token of Google's One Tap.
//!
//! Endpoint: `POST one-tap/callback`. The token is verified as every id token of Google, for the
//! client ids of the configured provider, and the user signs in by the same rules.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{
    profile::{Profile, subject},
    provider::UserInfoRequest,
    sign_in::{self, Reason, SignInRequest, SignedIn},
    tokens::Tokens,
};
use crate::{
    account::Identity,
    context::Context,
    error::{AuthError, Refusal},
    error_code::PlainError,
    extract::{Body, Client, Fields, Input},
    views::UserView,
};

const GOOGLE: &str = "google";
/// The scopes of a new account, as better-auth stores them.
const SCOPE: &str = "openid,profile,email";

pub(super) const CLIENT_ID_REQUIRED: PlainError = refused(
    "Google client ID is required for One Tap. Set it on the oneTap plugin (clientId) or on \
     socialProviders.google.",
);
pub(super) const INVALID_ID_TOKEN: PlainError = refused("invalid id token");
pub(super) const EMAIL_NOT_AVAILABLE: PlainError = refused("Email not available in token");

const fn refused(message: &'static str) -> PlainError {
    PlainError::new(StatusCode::BAD_REQUEST, message)
}

/// The body of `one-tap/callback`.
pub(super) struct OneTap {
    id_token: String,
}

impl Input for OneTap {
    fn read(fields: &mut Fields<'_>) -> Self {
        let id_token = fields.string("idToken").unwrap_or_default().to_owned();
        // The client redirects there. Reading it checks it as a redirect target.
        fields.optional_string("callbackURL");
        Self { id_token }
    }
}

#[derive(Serialize)]
struct OneTapResponse<'a> {
    token: &'a str,
    user: UserView<'a>,
}

pub(super) async fn sign_in(
    State(context): State<Arc<Context>>,
    client: Client,
    headers: HeaderMap,
    Body(input): Body<OneTap>,
) -> Result<Response, AuthError> {
    let provider = context.providers.find(&context.http, GOOGLE).await.ok_or(CLIENT_ID_REQUIRED)?;
    if provider.verify_id_token(&context, &input.id_token, None).await.is_none() {
        return Err(INVALID_ID_TOKEN.into());
    }
    let tokens = Tokens { id_token: Some(input.id_token), ..Tokens::default() };
    let info = provider.user_info(&context, &tokens, UserInfoRequest::default()).await;
    let info = info.ok_or(INVALID_ID_TOKEN)?;
    let subject = subject(&info).ok_or(INVALID_ID_TOKEN)?;
    let profile = Profile::of(&info).ok_or(EMAIL_NOT_AVAILABLE)?;
    let identity = Identity { provider: GOOGLE, subject };
    let request = SignInRequest {
        scope: Some(SCOPE),
        // A tap requests a sign-up, so that only the setting against every sign-up applies.
        request_sign_up: true,
        override_user_info: provider.config.override_user_info,
        ..SignInRequest::new(&provider, identity, &profile, &tokens)
    };
    let refusal = |reason: Reason| Refusal::plain(StatusCode::UNAUTHORIZED, reason.text()).into();
    let signed_in = sign_in::sign_in(&context, &client, &request).await;
    let SignedIn { outcome, .. } = signed_in.map_err(|error| error.into_auth_error(refusal))?;
    outcome.response(&context, &headers, |token, user| {
        Json(OneTapResponse { token, user }).into_response()
    })
}
