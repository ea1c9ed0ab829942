//! Sessions: who is signed in, until when, and signing out.
//!
//! Endpoints: `GET get-session` (also as `GET session`), `POST sign-out`.
//! Table: `session`.
//!
//! A session lives for [`Config::expires_in`] and is extended when it is used after
//! [`Config::update_age`]; one that shall not be remembered lives for a day.
//! Its token comes in a signed cookie, or raw or signed behind
//! `Authorization: Bearer`.
//!
//! Threats: a forged cookie (signed, compared in constant time), a planted second
//! cookie (the first counts), a session that outlives its user (deleted users have
//! none, in the query itself), a token in a log (its type has no readable `Debug`).

mod error;
mod routes;
mod service;
mod store;

use std::fmt;

use axum::http::{HeaderMap, HeaderValue};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{CurrentUser, Result, SessionId, UserId};
use sea_orm::DeriveValueType;

pub(crate) use self::{
    routes::router,
    service::{Lifetime, issue},
};
use crate::context::Context;

/// How long sessions live.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// From sign-in or the last extension to the end; 7 days.
    /// (`AUTH_SESSION_EXPIRES_IN`, in seconds)
    pub expires_in: TimeDelta,
    /// A session is extended when it is used this long after the last extension;
    /// 1 day. (`AUTH_SESSION_UPDATE_AGE`, in seconds)
    pub update_age: TimeDelta,
}

impl Default for Config {
    fn default() -> Self {
        Self { expires_in: TimeDelta::days(7), update_age: TimeDelta::days(1) }
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
#[derive(Clone, PartialEq, Eq, DeriveValueType)]
pub(crate) struct Token(String);

impl Token {
    fn generate() -> Self {
        Self(domain::id::random_alphanumeric())
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
    /// `Set-Cookie` headers for the answer, when the session was extended. They
    /// carry the session's token.
    pub set_cookies: Vec<HeaderValue>,
}

pub(crate) async fn authenticate(
    context: &Context,
    headers: &HeaderMap,
) -> Result<Option<Authenticated>> {
    let Some(credential) = service::Credential::of(context, headers) else { return Ok(None) };
    let Some(active) = service::resolve(context, &credential, true).await? else {
        return Ok(None);
    };
    let set_cookies = active.cookies(context, &credential);
    let service::Active { session, user, .. } = active;
    let user = CurrentUser {
        id: user.id,
        email: user.email,
        name: user.name,
        role: user.role,
        session_id: session.id,
    };
    Ok(Some(Authenticated { user, set_cookies }))
}
