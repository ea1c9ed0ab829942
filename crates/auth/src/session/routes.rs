//! `get-session`, and the endpoints that list and revoke sessions.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, header::PRAGMA},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::json;

use super::{
    CurrentSession, FreshSession, KeepSessionCache, SessionAndInput, Store, Token,
    cookies::{expired, remove_unused_cache},
    credential::Credential,
    error::METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED,
    extract::Options,
    service::{self, Active},
};
use crate::{
    audit::{self, Action, Outcome},
    context::Context,
    cookie, epoch,
    error::AuthError,
    error_code::{NO_FIELDS_TO_UPDATE, UNAUTHORIZED},
    extract::{Accepts, AnyObject, Client, Fields, Input},
    routing::{and_post, get, post},
    views::{SessionView, UserView},
};

/// The module's routes, below `base`.
pub(crate) fn router(base: &str) -> Router<Arc<Context>> {
    Router::new()
        .route(
            &format!("{base}/get-session"),
            and_post(get(get_session), Accepts::Anything, post_session),
        )
        .route(&format!("{base}/session"), get(get_session))
        .route(&format!("{base}/list-sessions"), get(list_sessions))
        .route(&format!("{base}/revoke-session"), post(revoke_session))
        .route(&format!("{base}/revoke-sessions"), post(revoke_sessions))
        .route(&format!("{base}/revoke-other-sessions"), post(revoke_other_sessions))
        .route(&format!("{base}/update-session"), post(update_session))
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
        let removed = remove_unused_cache(&context, &headers, false);
        return Ok(cookie::with(uncached(Json(json!(null))), removed));
    };
    let Options { reads_cache, refreshes } = Options::of(query.as_deref());
    if reads_cache && let Some(cached) = credential.cached(&context, &headers) {
        return Ok(uncached(Json(cached)));
    }
    let Some(active) = service::resolve(&context, credential, refreshes).await? else {
        let expired = expired(&context, &headers);
        return Ok(cookie::with(uncached(Json(json!(null))), expired));
    };
    let removed = remove_unused_cache(&context, &headers, reads_cache);
    let cookies = active.cookies(&context, &headers, refreshes);
    let Active { session, user, .. } = active;
    let answer = SessionAnswer {
        session: (&session).into(),
        user: UserView::new(&user, &context.config.plugins),
    };
    let mut response = cookie::with(uncached(Json(answer)), [removed, cookies].concat());
    response.extensions_mut().insert(user.id);
    Ok(response)
}

async fn post_session() -> Response {
    uncached(AuthError::from(METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED))
}

fn uncached(answer: impl IntoResponse) -> Response {
    ([(PRAGMA, HeaderValue::from_static("no-cache"))], answer).into_response()
}

async fn list_sessions(
    State(context): State<Arc<Context>>,
    KeepSessionCache(FreshSession(current)): KeepSessionCache<FreshSession>,
) -> Result<Response, AuthError> {
    let now = context.clock.now();
    let sessions = Store::of(&context).list(context.db.reader(), &current.user.id, now).await?;
    let sessions: Vec<_> = sessions.iter().map(SessionView::from).collect();
    Ok(Json(sessions).into_response())
}

pub(super) struct RevokeSession {
    token: Token,
}

impl Input for RevokeSession {
    fn read(fields: &mut Fields<'_>) -> Self {
        let token = fields.string("token").unwrap_or_default();
        Self { token: Token::from_text(token.to_owned()) }
    }
}

/// Revokes a session of the user. The token of another user has no effect and gets the same
/// response. A user who revokes their current session is signed out.
async fn revoke_session(
    State(context): State<Arc<Context>>,
    client: Client,
    headers: HeaderMap,
    SessionAndInput(current, input): SessionAndInput<CurrentSession, RevokeSession>,
) -> Result<Response, AuthError> {
    let id = &current.user.id;
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let user = transaction.users().find_locked(id).await?.ok_or(UNAUTHORIZED)?;
    // A client with a stolen session may have requested links.
    epoch::invalidate_links(connection, &context, user).await?;
    Store::of(&context).delete_of(connection, id, &input.token).await?;
    audit::record(connection, &context, Action::RevokeSession, id, &client, Outcome::Done).await?;
    transaction.commit().await?;
    let response = Json(json!({ "status": true })).into_response();
    if input.token == current.session.token {
        return Ok(cookie::with(response, context.cookies.expire_all(&headers)));
    }
    Ok(response)
}

async fn revoke_sessions(
    State(context): State<Arc<Context>>,
    client: Client,
    headers: HeaderMap,
    current: CurrentSession,
) -> Result<Response, AuthError> {
    let response = revoke_all(&context, &client, &current, false).await?;
    Ok(cookie::with(response, context.cookies.expire_all(&headers)))
}

async fn revoke_other_sessions(
    State(context): State<Arc<Context>>,
    client: Client,
    current: CurrentSession,
) -> Result<Response, AuthError> {
    revoke_all(&context, &client, &current, true).await
}

async fn revoke_all(
    context: &Context,
    client: &Client,
    current: &CurrentSession,
    keep_current: bool,
) -> Result<Response, AuthError> {
    let id = &current.user.id;
    let keep = keep_current.then_some(&current.session.token);
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let user = transaction.users().find_locked(id).await?.ok_or(UNAUTHORIZED)?;
    // A client with one of the sessions may have requested links.
    epoch::invalidate_links(connection, context, user).await?;
    Store::of(context).delete_all(connection, id, keep).await?;
    audit::record(connection, context, Action::RevokeSessions, id, client, Outcome::Done).await?;
    transaction.commit().await?;
    Ok(Json(json!({ "status": true })).into_response())
}

/// Refuses every update, as better-auth does when a session has no field that its user may
/// change.
async fn update_session(
    SessionAndInput(_, AnyObject): SessionAndInput<KeepSessionCache<CurrentSession>, AnyObject>,
) -> AuthError {
    NO_FIELDS_TO_UPDATE.into()
}
