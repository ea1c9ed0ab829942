//! The module's routes.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use domain::User;
use serde::Serialize;
use serde_json::json;

use super::{
    error::INVALID_SESSION_TOKEN,
    service::{expire, held, held_as, usable},
};
use crate::{
    audit::{self, Action, Outcome},
    context::Context,
    cookie,
    error::AuthError,
    extract::{Body, Client, Fields, Input},
    routing::{get, post},
    session::{self, CurrentSession, Session, SessionAndInput, Store, Token, session_cookies},
    views::{SessionView, UserView},
};

/// The module's routes, below `base`.
pub(crate) fn router(base: &str) -> Router<Arc<Context>> {
    Router::new()
        .route(&format!("{base}/multi-session/list-device-sessions"), get(list))
        .route(&format!("{base}/multi-session/set-active"), post(set_active))
        .route(&format!("{base}/multi-session/revoke"), post(revoke))
}

/// The body of both POST routes.
pub(super) struct NamedSession {
    token: String,
}

impl Input for NamedSession {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self { token: fields.string("sessionToken").unwrap_or_default().to_owned() }
    }
}

#[derive(Serialize)]
struct DeviceSession<'a> {
    session: SessionView<'a>,
    user: UserView<'a>,
}

impl<'a> DeviceSession<'a> {
    fn of(context: &Context, session: &'a Session, user: &'a User) -> Self {
        let user = UserView::new(user, &context.config.plugins);
        Self { session: session.into(), user }
    }
}

/// Lists the sessions of the browser, one of each user.
async fn list(
    State(context): State<Arc<Context>>,
    headers: HeaderMap,
) -> Result<Response, AuthError> {
    let tokens = held(&context, &headers);
    let found = usable(context.db.reader(), &context, &tokens).await?;
    let mut sessions: Vec<&(Session, User)> = Vec::new();
    for one in &found {
        if sessions.iter().all(|(_, user)| user.id != one.1.id) {
            sessions.push(one);
        }
    }
    let view = |(session, user): &&'_ (Session, User)| {
        serde_json::to_value(DeviceSession::of(&context, session, user))
    };
    let views: Result<Vec<_>, _> = sessions.iter().map(view).collect();
    Ok(Json(views.map_err(domain::Error::internal)?).into_response())
}

/// Makes one of the browser's sessions the current one. A current session that has no cookie of its
/// own, because the browser had too many, ends: nothing could return to it.
async fn set_active(
    State(context): State<Arc<Context>>,
    client: Client,
    Body(input): Body<NamedSession>,
) -> Result<Response, AuthError> {
    let headers = &client.headers;
    let token = held_as(&context, headers, &input.token).ok_or(INVALID_SESSION_TOKEN)?;
    let tokens = [token];
    let found = usable(context.db.reader(), &context, &tokens).await?;
    let Some((session, user)) = found.first() else {
        let response = AuthError::from(INVALID_SESSION_TOKEN).into_response();
        return Ok(cookie::with(response, expire(&context, &tokens, headers)));
    };
    let before = session::current(context.db.reader(), &context, headers).await?;
    if let Some((before, _)) = before.filter(|(before, _)| before.token != session.token)
        && !held(&context, headers).contains(&before.token)
    {
        end(&context, &before.token, &client).await?;
    }
    let response = Json(DeviceSession::of(&context, session, user)).into_response();
    Ok(with_active(&context, headers, session, user, response))
}

/// Sets the cookies of a session that becomes the current one.
fn with_active(
    context: &Context,
    headers: &HeaderMap,
    session: &Session,
    user: &User,
    response: Response,
) -> Response {
    let lifetime = session::lifetime_of(context, session);
    let cookies = session_cookies(context, session, user, lifetime, headers);
    let mut response = cookie::with(response, cookies);
    response.extensions_mut().insert(user.id.clone());
    response
}

/// Ends one of the browser's sessions. After the current one, another becomes current.
async fn revoke(
    State(context): State<Arc<Context>>,
    client: Client,
    headers: HeaderMap,
    SessionAndInput(current, input): SessionAndInput<CurrentSession, NamedSession>,
) -> Result<Response, AuthError> {
    let token = held_as(&context, &headers, &input.token).ok_or(INVALID_SESSION_TOKEN)?;
    end(&context, &token, &client).await?;
    let response = Json(json!({ "status": true })).into_response();
    let removed = expire(&context, std::slice::from_ref(&token), &headers);
    let response = cookie::with(response, removed);
    if current.session.token != token {
        return Ok(response);
    }
    let mut others = held(&context, &headers);
    others.retain(|other| *other != token);
    let next = usable(context.db.writer(), &context, &others).await?;
    Ok(match next.first() {
        Some((session, user)) => with_active(&context, &headers, session, user, response),
        None => cookie::with(response, context.cookies.expire_all(&headers)),
    })
}

/// Ends the session of a token, if it has one.
async fn end(context: &Context, token: &Token, client: &Client) -> Result<(), AuthError> {
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let Some((session, user)) = Store::of(context).find(connection, token).await? else {
        return Ok(());
    };
    Store::of(context).delete(connection, &session).await?;
    let action = Action::RevokeSession;
    audit::record(connection, context, action, &user.id, client, Outcome::Done).await?;
    transaction.commit().await?;
    Ok(())
}
