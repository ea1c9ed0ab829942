//! Sessions: who is signed in, until when, and signing out.
//!
//! Endpoints: `GET get-session` (also as `GET session`), `POST sign-out`, `GET
//! list-sessions`, `POST revoke-session`, `POST revoke-sessions`, `POST
//! revoke-other-sessions`, `POST update-session`. Table: `session`, or Redis.
//!
//! A session lives for [`Config::expires_in`] and is extended when it is used after
//! [`Config::update_age`]; one that shall not be remembered lives for a day.
//! Its token comes signed, in a cookie or behind `Authorization: Bearer`: the one that
//! the database has signs nobody in, unless a setting allows it. `get-session` may answer from a second cookie
//! ([`Cache`]); nothing else does, so that a revoked session can do nothing. Whoever
//! keeps a connection open asks again and again, for all sessions at once. A user has
//! [`Config::most`] of them: what is done for all of one's sessions has an end.
//!
//! Threats: a forged cookie (signed, compared in constant time), a planted second
//! cookie (the first counts), a session that outlives its user (deleted users have
//! none, in the query itself), a database that is read (its tokens lack the signature,
//! see [`Config::bearer_requires_signature`]), a token in a log (its type has no readable `Debug`),
//! a cached session used after its end (by `get-session` alone, for
//! [`Cache::max_age`]).

mod cache;
mod carry;
mod error;
mod extract;
pub(crate) mod openapi;
mod routes;
mod service;
mod store;
mod watch;

use std::fmt;

use axum::http::{HeaderMap, HeaderValue};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{Clock, CurrentUser, Result, SessionId, User, UserId};
use sea_orm::DeriveValueType;

pub use self::watch::SessionKey;
pub(crate) use self::watch::{recognise, still_signed_in};
pub(crate) use self::{
    cache::SessionCache,
    carry::{SET_AUTH_TOKEN, carry},
    error::SESSION_NOT_FRESH,
    extract::{CurrentSession, FreshSession, MaybeSession, With, is_fresh},
    routes::router,
    service::{Lifetime, issue, issued},
    store::Store,
};
use crate::{context::Context, redis::Redis};

/// How long sessions live, and how they are shown.
#[derive(Clone, Debug)]
pub struct Config {
    /// From sign-in or the last extension to the end; 7 days.
    /// (`AUTH_SESSION_EXPIRES_IN`)
    pub expires_in: TimeDelta,
    /// A session is extended when it is used this long after the last extension;
    /// 1 day. (`AUTH_SESSION_UPDATE_AGE`)
    pub update_age: TimeDelta,
    /// How long after its beginning a session may do what is sensitive; 1 day, zero
    /// is for ever. (`AUTH_SESSION_FRESH_AGE`)
    pub fresh_age: TimeDelta,
    /// Whether use extends sessions at all. (`AUTH_DISABLE_SESSION_REFRESH`)
    pub refresh: bool,
    /// How many one user may have; at one more, the one that would end first ends; 100.
    /// (`AUTH_MAX_SESSIONS`)
    pub most: u32,
    /// Whether `get-session` may answer from a cookie. (`AUTH_COOKIE_CACHE`)
    pub cache: Option<Cache>,
    /// Whether a bearer token must be signed.
    /// (`AUTH_BEARER_REQUIRE_SIGNATURE`)
    pub bearer_requires_signature: bool,
}

/// The session in a cookie of its own.
#[derive(Clone, Debug)]
pub struct Cache {
    /// How it is written.
    pub format: CacheFormat,
    /// How long it counts; 5 minutes. (`AUTH_COOKIE_CACHE_MAX_AGE`)
    pub max_age: TimeDelta,
    /// Caches of other versions count nothing. (`AUTH_COOKIE_CACHE_VERSION`)
    pub version: String,
}

/// How a cached session is written: better-auth's three forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheFormat {
    /// Signed JSON.
    Compact,
    /// A signed token.
    Jwt,
    /// An encrypted token.
    Jwe,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            expires_in: TimeDelta::days(7),
            update_age: TimeDelta::days(1),
            fresh_age: TimeDelta::days(1),
            refresh: true,
            most: 100,
            cache: None,
            bearer_requires_signature: true,
        }
    }
}

/// A session.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) token: Token,
    pub(crate) user_id: UserId,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    /// Empty when unknown.
    pub(crate) ip_address: Option<String>,
    /// Empty when the client did not say.
    pub(crate) user_agent: Option<String>,
}

/// Whoever has it is signed in: 32 letters and digits. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Hash, DeriveValueType)]
pub(crate) struct Token(String);

impl Token {
    fn generate() -> Self {
        Self(domain::id::random_alphanumeric())
    }

    /// A token that a client or another server's row names.
    pub(crate) fn from_text(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// Who sent a request.
#[derive(Clone, Debug)]
pub struct Authenticated {
    /// The user and their session.
    pub user: CurrentUser,
    /// To ask later whether the session still counts.
    pub key: SessionKey,
    /// `Set-Cookie` headers for the answer, when the session was extended. They
    /// carry the session's token.
    pub set_cookies: Vec<HeaderValue>,
}

/// Tells the copies of a user in Redis, from which better-auth on Node answers, that a
/// command changed the user. Here the database's row counts anyway.
pub async fn user_changed(redis: Redis, config: &Config, clock: &Clock, user: &User) -> Result<()> {
    Store::new(Some(redis), clock, config).user_changed(user).await
}

/// Never from the cache: what was revoked does nothing any more.
pub(crate) async fn authenticate(
    context: &Context,
    headers: &HeaderMap,
) -> Result<Option<Authenticated>> {
    let Some(active) = service::active(context, headers).await? else { return Ok(None) };
    let set_cookies = active.cookies(context, headers);
    let service::Active { session, user, .. } = active;
    let (user, key) = watch::known(session, user);
    Ok(Some(Authenticated { user, key, set_cookies }))
}
