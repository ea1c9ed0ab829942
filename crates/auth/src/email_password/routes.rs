//! `sign-up/email`, `sign-in/email`.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, HeaderValue, header::LOCATION},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{
    input::{SignIn, SignUp},
    sign_in,
    sign_up::{self, SignedUp},
};
use crate::{
    context::Context,
    error::AuthError,
    extract::{Body, Client},
    routing::post_form,
    sign_in::Outcome,
    views::UserView,
};

/// The module's routes, below `base`.
pub(crate) fn router(base: &str) -> Router<Arc<Context>> {
    Router::new()
        .route(&format!("{base}/sign-up/email"), post_form(sign_up))
        .route(&format!("{base}/sign-in/email"), post_form(sign_in))
}

#[derive(Serialize)]
struct SignUpAnswer<'a> {
    /// `null` until the user signs in.
    token: Option<&'a str>,
    user: UserView<'a>,
}

async fn sign_up(
    State(context): State<Arc<Context>>,
    client: Client,
    headers: HeaderMap,
    Body(input): Body<SignUp>,
) -> Result<Response, AuthError> {
    Ok(match sign_up::sign_up(&context, input, &client).await? {
        SignedUp::WithSession(signed_in) => {
            signed_in.response(&context, &headers, |token, user| {
                Json(SignUpAnswer { token: Some(token), user }).into_response()
            })?
        }
        SignedUp::WithoutSession(user) => {
            Json(SignUpAnswer { token: None, user: UserView::new(&user, &context.config.plugins) })
                .into_response()
        }
    })
}

#[derive(Serialize)]
struct SignInAnswer<'a> {
    redirect: bool,
    token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    user: UserView<'a>,
}

async fn sign_in(
    State(context): State<Arc<Context>>,
    client: Client,
    headers: HeaderMap,
    Body(input): Body<SignIn>,
) -> Result<Response, AuthError> {
    let url = input.callback_url.clone();
    let url = url.as_deref();
    let devices = context.cookies.known_devices(&headers);
    let outcome = sign_in::sign_in(&context, input, &client, &devices).await?;
    signed_in_response(&context, &headers, &outcome, url)
}

/// The response of a sign-in with a password, whose request has this `callbackURL`.
pub(crate) fn signed_in_response(
    context: &Context,
    headers: &HeaderMap,
    outcome: &Outcome,
    url: Option<&str>,
) -> Result<Response, AuthError> {
    let target = url.filter(|url| !url.is_empty());
    let redirect = target.is_some();
    let mut response = outcome.response(context, headers, |token, user| {
        Json(SignInAnswer { redirect, token, url, user }).into_response()
    })?;
    let target = target.filter(|url| url.is_ascii());
    if let Some(target) = target.and_then(|url| HeaderValue::from_str(url).ok()) {
        response.headers_mut().insert(LOCATION, target);
    }
    Ok(response)
}
