//! The module's routes.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::json;

use super::{
    error::INVALID_PHONE_NUMBER_OR_PASSWORD,
    input::{Reset, Send, SignIn, Verify},
    reset, send,
    verify::{self, Verified},
};
use crate::{
    account::Login,
    context::Context,
    error::AuthError,
    extract::{Body, Client},
    password_sign_in::{self, Ended, PasswordSignIn},
    routing::post,
    session::{MaybeSession, SessionAndInput},
    sign_in::is_shown_after_one_factor,
    views::UserView,
};

/// The module's routes, below `base`.
pub(crate) fn router(base: &str) -> Router<Arc<Context>> {
    Router::new()
        .route(&format!("{base}/sign-in/phone-number"), post(sign_in))
        .route(&format!("{base}/phone-number/send-otp"), post(send_otp))
        .route(&format!("{base}/phone-number/verify"), post(verify))
        .route(&format!("{base}/phone-number/request-password-reset"), post(request_reset))
        .route(&format!("{base}/phone-number/reset-password"), post(reset_password))
}

async fn sign_in(
    State(context): State<Arc<Context>>,
    client: Client,
    headers: HeaderMap,
    Body(input): Body<SignIn>,
) -> Result<Response, AuthError> {
    let SignIn { number, password, lifetime } = input;
    send::check(&context, &number)?;
    let devices = context.cookies.known_devices(&headers);
    let request = PasswordSignIn {
        login: Login::PhoneNumber(&number),
        password,
        lifetime,
        client: &client,
        devices: &devices,
        wrong: INVALID_PHONE_NUMBER_OR_PASSWORD,
    };
    let must_verify = context.config.plugins.phone_number.require_verification;
    let ended = password_sign_in::sign_in_if(&context, request, |user| {
        !must_verify || user.sign_in.phone_number_verified == Some(true)
    });
    let outcome = match ended.await? {
        Ended::Outcome(outcome) => outcome,
        Ended::Unverified(user) => {
            send::refuse_unverified(&context, &number, &user, &client).await?
        }
    };
    outcome.response(&context, &headers, |token, user| {
        Json(json!({ "token": token, "user": user })).into_response()
    })
}

async fn send_otp(
    State(context): State<Arc<Context>>,
    Body(Send { number }): Body<Send>,
) -> Result<Response, AuthError> {
    send::verification(&context, &number).await?;
    Ok(Json(json!({ "message": "code sent" })).into_response())
}

#[derive(Serialize)]
struct VerifyAnswer<'a> {
    status: bool,
    token: Option<&'a str>,
    /// `None` if a code alone does not show the user.
    user: Option<UserView<'a>>,
}

async fn verify(
    State(context): State<Arc<Context>>,
    client: Client,
    headers: HeaderMap,
    SessionAndInput(MaybeSession(current), input): SessionAndInput<MaybeSession, Verify>,
) -> Result<Response, AuthError> {
    let answer = |token: &str, user: UserView<'_>| {
        Json(VerifyAnswer { status: true, token: Some(token), user: Some(user) }).into_response()
    };
    match verify::verify(&context, &input, current, &client).await? {
        Verified::SignedIn(outcome) => outcome.response(&context, &headers, answer),
        // As in better-auth, no cookie is set; but a cached copy of the user is renewed.
        Verified::Updated(session) if context.session_cache.is_some() => {
            Ok(session.response(&context, &headers, answer))
        }
        Verified::Updated(session) => {
            let user = UserView::new(&session.user, &context.config.plugins);
            Ok(answer(session.session.token.as_str(), user))
        }
        Verified::WithoutSession(user) => {
            let is_shown = is_shown_after_one_factor(&context, &user);
            let user = is_shown.then(|| UserView::new(&user, &context.config.plugins));
            Ok(Json(VerifyAnswer { status: true, token: None, user }).into_response())
        }
    }
}

async fn request_reset(
    State(context): State<Arc<Context>>,
    client: Client,
    Body(Send { number }): Body<Send>,
) -> Result<Response, AuthError> {
    send::password_reset(&context, &number, &client).await?;
    Ok(Json(json!({ "status": true })).into_response())
}

async fn reset_password(
    State(context): State<Arc<Context>>,
    client: Client,
    Body(input): Body<Reset>,
) -> Result<Response, AuthError> {
    reset::reset(&context, input, &client).await?;
    Ok(Json(json!({ "status": true })).into_response())
}
