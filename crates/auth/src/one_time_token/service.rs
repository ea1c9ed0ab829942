//! Storing and using tokens.

use axum::http::HeaderName;
use domain::{Result, User, id::random_alphanumeric};
use sea_orm::ConnectionTrait;

use super::{
    config::StoreToken,
    error::{INVALID_TOKEN, SESSION_EXPIRED, SESSION_NOT_FOUND},
};
use crate::{
    context::Context,
    error::AuthError,
    plugin::Plugin,
    session::{self, Session, Token},
    verification::{self, NewValue},
};

/// better-auth's header with the token for a new session.
pub(crate) const SET_OTT: HeaderName = HeaderName::from_static("set-ott");

fn identifier(context: &Context, token: &str) -> String {
    match context.config.plugins.one_time_token.store_token {
        StoreToken::Plain => format!("one-time-token:{token}"),
        StoreToken::Hashed => format!("one-time-token:{}", crypto::digest(token)),
    }
}

/// Stores a new token for a session, and returns it.
pub(super) async fn generate<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    session: &Session,
) -> Result<String> {
    let now = context.clock.now();
    let token = random_alphanumeric();
    let value = NewValue {
        identifier: &identifier(context, &token),
        value: session.token.as_str(),
        expires_at: now + context.config.plugins.one_time_token.expires_in,
    };
    verification::Store::of(context).put_value(db, value, now).await?;
    Ok(token)
}

/// The token for the header of a new session, where a setting says so.
pub(crate) async fn for_new_session<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    session: &Session,
) -> Result<Option<String>> {
    let plugins = &context.config.plugins;
    if !plugins.has(Plugin::OneTimeToken) || !plugins.one_time_token.set_header {
        return Ok(None);
    }
    generate(db, context, session).await.map(Some)
}

/// Uses a token up, and returns its session. Of concurrent calls one succeeds.
pub(super) async fn verify(context: &Context, token: &str) -> Result<(Session, User), AuthError> {
    let (db, now) = (context.db.writer(), context.clock.now());
    let identifier = identifier(context, token);
    let value = verification::Store::of(context).take_valid_value(db, &identifier, now).await?;
    let session = Token::from_text(value.ok_or(INVALID_TOKEN)?);
    let found = session::Store::of(context).find(db, &session).await?;
    let (session, user) = found.ok_or(SESSION_NOT_FOUND)?;
    if session.expires_at < now {
        return Err(SESSION_EXPIRED.into());
    }
    if user.ban.as_ref().is_some_and(|ban| ban.is_in_force(now)) {
        return Err(SESSION_NOT_FOUND.into());
    }
    Ok((session, user))
}
