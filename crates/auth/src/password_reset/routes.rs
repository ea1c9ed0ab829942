//! `request-password-reset`, `reset-password`, and the link between them.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, RawQuery, State, rejection::PathRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use url::form_urlencoded;

use super::{
    error::{INVALID_TOKEN, PASSWORDS_DIFFER, RESET_LINK_USED},
    form, service,
};
use crate::{
    context::Context,
    error::{AuthError, Refusal},
    error_page,
    extract::{Accepts, Body, Client, Fields, Input, Query},
    redirect,
    routing::{and_post, get, post},
};

/// The room's routes, below `base`.
pub(crate) fn router(base: &str) -> Router<Arc<Context>> {
    Router::new()
        .route(&format!("{base}/request-password-reset"), post(request))
        .route(&format!("{base}/reset-password"), post(reset))
        .route(
            &format!("{base}/reset-password/{{token}}"),
            and_post(get(follow), Accepts::FormOrJson, choose),
        )
}

/// What everybody is told who asks for a link.
pub(super) const REQUESTED: &str =
    "If this email exists in our system, check your email for the reset link";

pub(super) struct Request {
    email: String,
    redirect_to: Option<String>,
}

impl Input for Request {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            email: fields.email("email"),
            redirect_to: fields.optional_string("redirectTo").map(str::to_owned),
        }
    }
}

async fn request(
    State(context): State<Arc<Context>>,
    client: Client,
    Body(input): Body<Request>,
) -> Result<Response, AuthError> {
    let redirect_to = input.redirect_to.as_deref();
    service::request(&context, &input.email, redirect_to, &client).await?;
    Ok(Json(json!({ "status": true, "message": REQUESTED })).into_response())
}

pub(super) struct Follow {
    callback_url: String,
}

impl Input for Follow {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self { callback_url: fields.string("callbackURL").unwrap_or_default().to_owned() }
    }
}

/// A link that was followed: the page it names asks for the new password, or else ours.
async fn follow(
    State(context): State<Arc<Context>>,
    token: Result<Path<String>, PathRejection>,
    Query(Follow { callback_url }): Query<Follow>,
) -> Result<Response, AuthError> {
    let token = secret(token);
    let is_valid = service::user_of(&context, &token).await?.is_some();
    if callback_url.is_empty() {
        return if is_valid {
            Ok(form::show(&context, None)?)
        } else {
            void(&context, &token).await
        };
    }
    let (name, value) =
        if is_valid { ("token", token.as_str()) } else { ("error", INVALID_TOKEN.name) };
    redirect::to(&redirect::absolute_with(&context, &callback_url, name, value)?)
}

/// The secret of a link. One that is no text is nobody's, as an empty one.
fn secret(token: Result<Path<String>, PathRejection>) -> String {
    token.map(|Path(token)| token).unwrap_or_default()
}

/// Tells the person who opened a link, or was late to use it, that it does not count.
async fn void(context: &Context, token: &str) -> Result<Response, AuthError> {
    let is_used = service::is_used(context, token).await?;
    error_page::tell(context, &if is_used { RESET_LINK_USED } else { INVALID_TOKEN }.into())
}

pub(super) struct Choose {
    password: SecretString,
    repeated: SecretString,
}

impl Input for Choose {
    fn read(fields: &mut Fields<'_>) -> Self {
        let mut password = |name| fields.string(name).unwrap_or_default().into();
        Self { password: password(form::PASSWORD), repeated: password(form::REPEATED) }
    }
}

/// The form of our page: the link's secret is the proof.
async fn choose(
    State(context): State<Arc<Context>>,
    client: Client,
    token: Result<Path<String>, PathRejection>,
    Body(Choose { password, repeated }): Body<Choose>,
) -> Result<Response, AuthError> {
    let token = secret(token);
    let done = if password.expose_secret() == repeated.expose_secret() {
        service::reset(&context, &token, password, &client).await
    } else {
        Err(PASSWORDS_DIFFER.into())
    };
    match done {
        Ok(()) => Ok(form::done(&context)?),
        Err(AuthError::Refused(refusal)) if refusal == Refusal::from(INVALID_TOKEN) => {
            void(&context, &token).await
        }
        Err(AuthError::Refused(refusal)) if refusal.status == StatusCode::BAD_REQUEST => {
            Ok(form::show(&context, Some(&refusal))?)
        }
        Err(error) => Err(error),
    }
}

pub(super) struct Reset {
    password: SecretString,
    token: Option<String>,
}

impl Input for Reset {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            password: fields.string("newPassword").unwrap_or_default().into(),
            token: fields.optional_string("token").map(str::to_owned),
        }
    }
}

/// The link's secret comes in the body or the query.
async fn reset(
    State(context): State<Arc<Context>>,
    client: Client,
    RawQuery(query): RawQuery,
    Body(input): Body<Reset>,
) -> Result<Response, AuthError> {
    let query = query.unwrap_or_default();
    let queried = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "token");
    let token = input.token.filter(|token| !token.is_empty());
    let token = token.or_else(|| queried.map(|(_, token)| token.into_owned()));
    let token = token.filter(|token| !token.is_empty()).ok_or(INVALID_TOKEN)?;
    service::reset(&context, &token, input.password, &client).await?;
    Ok(Json(json!({ "status": true })).into_response())
}
