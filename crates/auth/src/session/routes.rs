//! `get-session`, `sign-out`.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, header::PRAGMA},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::json;
use url::form_urlencoded;

use super::{
    error::METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED,
    service::{self, Active, Credential},
};
use crate::{
    context::Context,
    cookie,
    error::AuthError,
    extract::{Body, Fields, Input},
    method::{get, post},
    wire::{SessionView, UserView},
};

/// The room's routes, below `base`.
pub(crate) fn router(base: &str) -> Router<Arc<Context>> {
    Router::new()
        .route(&format!("{base}/get-session"), get(get_session).post(post_session))
        .route(&format!("{base}/session"), get(get_session))
        .route(&format!("{base}/sign-out"), post(sign_out))
}

#[derive(Serialize)]
struct SessionAnswer<'a> {
    session: SessionView<'a>,
    user: UserView<'a>,
}

async fn get_session(
    State(context): State<Arc<Context>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AuthError> {
    let Some(credential) = Credential::of(&context, &headers) else {
        return Ok(uncached(Json(json!(null))));
    };
    let may_extend = !asks_for(query.as_deref(), "disableRefresh");
    let Some(active) = service::resolve(&context, &credential, may_extend).await? else {
        let response = uncached(Json(json!(null)));
        return Ok(cookie::with(response, credential.expired(&context)));
    };
    let cookies = active.cookies(&context, &credential);
    let Active { session, user, .. } = active;
    let answer = SessionAnswer { session: (&session).into(), user: (&user).into() };
    let mut response = cookie::with(uncached(Json(answer)), cookies);
    response.extensions_mut().insert(user.id);
    Ok(response)
}

/// Any value but the empty one is a yes, as in better-auth.
fn asks_for(query: Option<&str>, option: &str) -> bool {
    form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .any(|(name, value)| name == option && !value.is_empty())
}

async fn post_session() -> Response {
    uncached(AuthError::from(METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED))
}

fn uncached(answer: impl IntoResponse) -> Response {
    ([(PRAGMA, HeaderValue::from_static("no-cache"))], answer).into_response()
}

/// Nothing of the body is used: there is no identity provider to sign out from.
struct SignOut;

impl Input for SignOut {
    fn read(fields: &mut Fields<'_>) -> Self {
        fields.optional_string("callbackURL");
        fields.optional_boolean("disableRedirect");
        fields.optional_string("state");
        Self
    }

    const OPTIONAL: bool = true;
}

async fn sign_out(
    State(context): State<Arc<Context>>,
    headers: HeaderMap,
    Body(SignOut): Body<SignOut>,
) -> Result<Response, AuthError> {
    if let Some(credential) = Credential::of(&context, &headers) {
        service::end(&context, &credential).await?;
        tracing::info!("signed out");
    }
    let response = Json(json!({ "success": true })).into_response();
    Ok(cookie::with(response, context.cookies.expire_all()))
}
