//! Sessions: which user is signed in, until when, and sign-out.
//!
//! Endpoints: `GET get-session` (alias `GET session`), `POST sign-out`, `GET list-sessions`,
//! `POST revoke-session`, `POST revoke-sessions`, `POST revoke-other-sessions`, `POST
//! update-session`. Table: `session`, or Redis.
//!
//! A session lives for [`Config::expires_in`]. A request extends it when [`Config::update_age`]
//! has passed since the last extension. Sessions created with `rememberMe: false` last one day
//! and use a browser-session cookie. Clients send the signed token in a cookie or behind
//! `Authorization: Bearer`; the unsigned token of the database is refused unless a setting
//! allows it. `get-session` alone may answer from a second cookie ([`Cache`]), so a revoked
//! session cannot do anything else. Open connections are checked again and again, all sessions
//! in one statement. [`Config::max_per_user`] bounds the sessions of one user, and with them the
//! work of "all sessions of a user".
//!
//! Threats: a forged cookie (signed, compared in constant time), a planted second cookie (the
//! first signed one with a valid session is used, and few are tried), a session that outlives
//! its user (the query excludes deleted users), a database that is read (its tokens lack the
//! signature, see [`Config::bearer_requires_signature`]), a token in a log (its type has no
//! readable `Debug`), a cached session used after the session's end (by `get-session` alone, for
//! [`Cache::max_age`]).

mod authentication;
mod cache;
mod config;
mod cookies;
mod credential;
mod error;
mod extract;
mod model;
pub(crate) mod openapi;
mod response_cookies;
mod routes;
mod service;
mod store;

pub use self::{
    authentication::{Authenticated, SessionKey, user_changed},
    config::{Cache, CacheFormat, Config},
};
pub(crate) use self::{
    authentication::{authenticate, recognize, still_signed_in},
    cache::SessionCache,
    cookies::issued,
    error::SESSION_NOT_FRESH,
    extract::{CurrentSession, FreshSession, KeepCache, MaybeSession, With, is_fresh},
    model::{Lifetime, Session, Token},
    response_cookies::{SET_AUTH_TOKEN, add_response_cookies},
    routes::router,
    service::issue,
    store::Store,
};
