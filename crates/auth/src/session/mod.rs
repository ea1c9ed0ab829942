//! Sessions: which user is signed in, and until when.
//!
//! Endpoints: `GET get-session` (alias `GET session`), `GET list-sessions`, `POST
//! revoke-session`, `POST revoke-sessions`, `POST revoke-other-sessions`, `POST update-session`.
//! Table: `session`, or Redis.
//!
//! A session lives for [`Config::expires_in`]. A request extends it when [`Config::update_age`]
//! has passed since the last extension. Sessions created with `rememberMe: false` last one day
//! and use a browser-session cookie. Clients send the signed token in a cookie or behind
//! `Authorization: Bearer`. The unsigned token of the database is accepted only without
//! [`Config::bearer_requires_signature`]. [`Config::max_per_user`] bounds the sessions of one user,
//! and so the work of a request for all sessions of a user.
//!
//! Only `get-session` answers from the cached session, a second cookie ([`Cache`]). So
//! `get-session` may show a revoked session for a while, and every other endpoint refuses it. The
//! sessions of open connections are checked periodically, in one statement.
//!
//! Threats:
//! - A forged cookie: cookies are signed, and the signature is compared in constant time.
//! - A second cookie that an attacker set: the first signed one with a valid session is used, and
//!   few are tried.
//! - A session of a deleted user: the query excludes deleted users.
//! - A leaked database: its tokens lack the signature.
//! - A token in a log: its type has no readable `Debug`.
//! - A cached session after the session's end: only `get-session` uses it, for [`Cache::max_age`].

mod authentication;
mod cache;
mod config;
mod cookies;
mod credential;
mod error;
mod extract;
mod lock;
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
    cookies::session_cookies,
    credential::Credential,
    error::SESSION_NOT_FRESH,
    extract::{
        CurrentSession, FreshSession, KeepSessionCache, MaybeSession, SessionAndInput, is_fresh,
    },
    lock::lock_user,
    model::{Lifetime, Session, Token},
    response_cookies::{SET_AUTH_TOKEN, add_response_cookies},
    routes::router,
    service::{create, current, find_active, lifetime_of},
    store::Store,
};
