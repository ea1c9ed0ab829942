//! The module's routes.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{
    change_email,
    error::{INVALID_EMAIL, INVALID_TYPE},
    input::{Change, Check, RequestChange, RequestReset, Reset, Send, SignIn, VerifyEmail},
    purpose::Purpose,
    reset, send, sign_in,
    verify::{self, Verified},
};
use crate::{
    context::Context,
    error::AuthError,
    extract::{Body, Client, email},
    routing::post,
    session::{CurrentSession, FreshSession, MaybeSession, SessionAndInput},
    sign_in::{UserSession, is_shown_after_one_factor},
    views::UserView,
};

/// The module's routes, below `base`.
pub(crate) fn router(base: &str) -> Router<Arc<Context>> {
    Router::new()
        .route(&format!("{base}/email-otp/send-verification-otp"), post(send))
        .route(&format!("{base}/email-otp/check-verification-otp"), post(check))
        .route(&format!("{base}/email-otp/verify-email"), post(verify_email))
        .route(&format!("{base}/sign-in/email-otp"), post(sign_in))
        .route(&format!("{base}/email-otp/request-password-reset"), post(request_reset))
        .route(&format!("{base}/forget-password/email-otp"), post(request_reset))
        .route(&format!("{base}/email-otp/reset-password"), post(reset))
        .route(&format!("{base}/email-otp/request-email-change"), post(request_change))
        .route(&format!("{base}/email-otp/change-email"), post(change))
}

fn success() -> Response {
    Json(json!({ "success": true })).into_response()
}

/// An address that can have codes, in lower case. Placeholders cannot, whether they have users or not.
fn valid(address: &str) -> Result<String, AuthError> {
    email::normalize_claimed(address).ok_or_else(|| INVALID_EMAIL.into())
}

async fn send(
    State(context): State<Arc<Context>>,
    client: Client,
    Body(input): Body<Send>,
) -> Result<Response, AuthError> {
    let email = valid(&input.email)?;
    let purpose = input.purpose.filter(|purpose| *purpose != Purpose::ChangeEmail);
    send::request(&context, &email, purpose.ok_or(INVALID_TYPE)?, &client).await?;
    Ok(success())
}

async fn check(
    State(context): State<Arc<Context>>,
    Body(input): Body<Check>,
) -> Result<Response, AuthError> {
    let email = valid(&input.email)?;
    let purpose = input.purpose.ok_or(INVALID_TYPE)?;
    verify::check(&context, &email, purpose, &input.otp).await?;
    Ok(success())
}

async fn verify_email(
    State(context): State<Arc<Context>>,
    client: Client,
    headers: HeaderMap,
    SessionAndInput(MaybeSession(current), input): SessionAndInput<MaybeSession, VerifyEmail>,
) -> Result<Response, AuthError> {
    let email = valid(&input.email)?;
    let signs_in = context.config.email_verification.auto_sign_in;
    let (for_sign_in, kept) = if signs_in { (current, None) } else { (None, current) };
    let Verified { user, signed_in } =
        verify::verify_email(&context, &email, &input.otp, for_sign_in, &client).await?;
    let body = |token: Option<&str>, user: Option<UserView<'_>>| {
        Json(json!({ "status": true, "token": token, "user": user })).into_response()
    };
    if let Some(outcome) = signed_in {
        return outcome.response(&context, &headers, |token, user| body(Some(token), Some(user)));
    }
    let kept = kept.filter(|kept| kept.user.id == user.id);
    let is_shown = kept.is_some() || is_shown_after_one_factor(&context, &user);
    let response = body(None, is_shown.then(|| UserView::new(&user, &context.config.plugins)));
    // The cached session has the user as they were.
    Ok(match kept.filter(|_| context.session_cache.is_some()) {
        Some(current) => {
            UserSession::current(user, current).with_session_cookies(&context, &headers, response)
        }
        None => response,
    })
}

async fn sign_in(
    State(context): State<Arc<Context>>,
    client: Client,
    headers: HeaderMap,
    Body(input): Body<SignIn>,
) -> Result<Response, AuthError> {
    let outcome = sign_in::sign_in(&context, &input, &client).await?;
    outcome.response(&context, &headers, |token, user| {
        Json(json!({ "token": token, "user": user })).into_response()
    })
}

async fn request_reset(
    State(context): State<Arc<Context>>,
    client: Client,
    Body(input): Body<RequestReset>,
) -> Result<Response, AuthError> {
    let email = valid(&input.email)?;
    send::request(&context, &email, Purpose::ForgetPassword, &client).await?;
    Ok(success())
}

async fn reset(
    State(context): State<Arc<Context>>,
    client: Client,
    Body(input): Body<Reset>,
) -> Result<Response, AuthError> {
    let email = valid(&input.email)?;
    reset::reset(&context, &email, input, &client).await?;
    Ok(success())
}

async fn request_change(
    State(context): State<Arc<Context>>,
    client: Client,
    SessionAndInput(FreshSession(current), input): SessionAndInput<FreshSession, RequestChange>,
) -> Result<Response, AuthError> {
    change_email::request(&context, &current.user, &input, &client).await?;
    Ok(success())
}

async fn change(
    State(context): State<Arc<Context>>,
    client: Client,
    headers: HeaderMap,
    SessionAndInput(current, input): SessionAndInput<CurrentSession, Change>,
) -> Result<Response, AuthError> {
    let user = change_email::change(&context, &current, &input, &client).await?;
    let current = UserSession::current(user, current);
    Ok(current.with_session_cookies(&context, &headers, success()))
}
