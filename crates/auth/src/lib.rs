//! Accounts, sessions and every way to sign in, in the wire format of better-auth, of the
//! version that [`COMPATIBLE_WITH`] names: its official clients and its own database rows
//! work here, and the reverse.
//!
//! One room per concern. A room owns its table, its routes, its codes and its
//! settings; nothing else reads its table.
//!
//! ```text
//! email_password, password_reset, email_verification, user ──▶ gate ──▶ session
//!       │
//!       └──▶ password, account, verification
//! ```
//!
//! | room | endpoints under `/api/auth` | table |
//! |---|---|---|
//! | [`email_password`] | `POST sign-up/email`, `sign-in/email` | – |
//! | [`email_verification`] | `POST send-verification-email`, `verify-email`, `GET verify-email` | – |
//! | `password_reset` | `POST request-password-reset`, `reset-password`, `reset-password/{token}`, `GET reset-password/{token}` | – |
//! | [`user`] | `POST update-user`, `change-password`, `verify-password`, `change-email`, `delete-user`, `GET delete-user/callback` | – |
//! | [`session`] | `GET get-session` (alias `session`), `list-sessions`, `POST sign-out`, `revoke-session`, `revoke-sessions`, `revoke-other-sessions`, `update-session` | `session` |
//! | [`account`] | `GET list-accounts`, `POST unlink-account` | `account` |
//! | [`limit`] | – (how much there may be of anything) | `rateLimit` |
//! | `verification` | – (what mailed links bring back) | `verification` |
//! | [`password`] | – (hashing, and how much of it at once) | – |
//! | `error_page` | `GET error` | – |
//! | [`openapi`](document) | `GET open-api/generate-schema`, `reference` (alias `docs`) | – |
//!
//! Around them stand `router` (all routes, and what comes before them),
//! [`middleware`] (origins, rate limits, closed routes, proxies), `extract` (bodies with
//! errors of better-auth's shape), `wire` (its JSON), `page` (what people are shown), `mail`
//! and `audit` (what is sent and kept), `epoch` (what voids the links that were mailed),
//! [`redis`] (what several machines share) and `gate`, which alone issues sessions.

pub mod account;
pub mod config;
pub mod cookie;
pub mod email_password;
pub mod email_verification;
pub mod limit;
pub mod middleware;
pub mod password;
pub mod redis;
pub mod session;
pub mod user;

mod audit;
mod context;
mod epoch;
mod error;
mod error_code;
mod error_page;
mod extract;
mod mail;
mod openapi;
mod page;
mod password_reset;
mod redirect;
mod router;
mod routing;
mod sign_in;
mod verification;
mod views;

use std::{collections::HashMap, fmt, net::IpAddr, sync::Arc};

use axum::{
    Router,
    http::{Extensions, HeaderMap, Method},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use domain::{Clock, CurrentUser, Result};
use mailer::Mailer;
use repositories::{Database, WriteTasks};

pub use crate::{
    config::{AuthConfig, UserHook},
    email_password::{NewPasswordUser, Users},
    extract::{Address, TrustedProxy, is_late},
    middleware::{disabled_paths::PATHS, trusted_origin::TrustedOrigin},
    openapi::COMPATIBLE_WITH,
    redis::Redis,
    router::document,
    session::{Authenticated, SessionKey},
    views::UserView,
};
use crate::{
    context::Context,
    limit::{Points, PointsConfig},
};

/// Everything under `/api/auth`. Cheap to clone; clones share rate limits and the
/// queue of passwords to hash.
#[derive(Clone)]
pub struct Auth(Arc<Context>);

impl Auth {
    /// An authentication service with its rows in `db`, whose mails go through
    /// `mailer`.
    #[must_use]
    pub fn new(config: AuthConfig, db: Database, mailer: Mailer, clock: Clock) -> Self {
        Self(Arc::new(Context::new(config, db, mailer, clock)))
    }

    /// The routes, with absolute paths; every other path below the base path
    /// answers 404. Give the server `ConnectInfo<SocketAddr>`, or all clients share
    /// one rate limit and their sessions have no address. Handlers run as tasks of
    /// `writes`.
    pub fn router(&self, writes: &WriteTasks) -> Router {
        router::build(&self.0, writes)
    }

    /// Who sent this request, by session cookie or `Authorization: Bearer`. A
    /// session that is due for it is extended, and its cookie comes back to be set.
    ///
    /// `None` is an anonymous request; a failing database is an error.
    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<Option<Authenticated>> {
        session::authenticate(&self.0, headers).await
    }

    /// Those of these sessions that still count, with their users as they are now. For
    /// connections that stay open after [`Self::authenticate`]: asked at once for all of
    /// them, and extending none.
    pub async fn still_signed_in(
        &self,
        keys: &[SessionKey],
    ) -> Result<HashMap<SessionKey, CurrentUser>> {
        session::still_signed_in(&self.0, keys).await
    }

    /// Who sent this request, as [`Self::authenticate`] says, but without extending the
    /// session: for answers that cannot set the extended cookie.
    pub async fn recognize(
        &self,
        headers: &HeaderMap,
    ) -> Result<Option<(CurrentUser, SessionKey)>> {
        session::recognize(&self.0, headers).await
    }

    /// The Redis that several machines share, if there is one.
    #[must_use]
    pub fn redis(&self) -> Option<&Redis> {
        self.0.config.redis.as_ref()
    }

    /// Whether a page of this origin may use the service with the user's cookies.
    #[must_use]
    pub fn is_trusted_origin(&self, origin: &str) -> bool {
        self.0.origins.trusts(origin)
    }

    /// Whether a slash after this path means nothing. At better-auth it does below the base
    /// path, unless a setting says otherwise.
    #[must_use]
    pub fn overlooks_slash_after(&self, path: &str) -> bool {
        let AuthConfig { base_path, skip_trailing_slashes, .. } = &self.0.config;
        *skip_trailing_slashes || !path.strip_prefix(base_path).is_some_and(is_end_or_below)
    }

    /// Whether browsers find the service by https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.url.scheme() == "https"
    }

    /// The refusal of a request that changes something, carries cookies and comes
    /// from a page that is not trusted; `None` lets it pass. For routes that are not
    /// under the base path, where the router asks itself.
    #[must_use]
    pub fn refuses(&self, method: &Method, headers: &HeaderMap) -> Option<Response> {
        let checked = middleware::origin::check_change(&self.0.origins, method, headers);
        checked.err().map(IntoResponse::into_response)
    }

    /// The address that a request comes from, as far as it tells clients apart: that of
    /// its connection or, through a trusted proxy, the one it names.
    #[must_use]
    pub fn address(&self, extensions: &Extensions, headers: &HeaderMap) -> Option<Address> {
        self.0.proxies.client(extensions, headers)
    }

    /// Whether this address is a trusted proxy's.
    #[must_use]
    pub fn is_trusted_proxy(&self, address: IpAddr) -> bool {
        self.0.proxies.trusts(address.to_canonical())
    }

    /// Points for clients to spend, counted where these settings' limits are.
    #[must_use]
    pub fn points(&self, config: PointsConfig) -> Points {
        let AuthConfig { limit, redis, .. } = &self.0.config;
        Points::new(config, limit.storage, redis.clone(), self.0.clock.clone())
    }

    /// Removes what counts no more, some at a time: sessions and values of links that ended
    /// before this, and counts of limits. Returns how many that were.
    pub async fn sweep(&self, before: DateTime<Utc>) -> Result<u64> {
        let context = &*self.0;
        let Context { db, limiter, .. } = context;
        let mut swept = session::Store::of(context).sweep(db, before).await?;
        swept += verification::Store::of(context).sweep(db, before).await?;
        if let Some(limiter) = limiter {
            swept += limiter.sweep(db).await?;
        }
        Ok(swept)
    }

    /// The door for commands of the operator that make users.
    #[must_use]
    pub fn users(&self) -> Users<'_> {
        Users::new(&self.0)
    }
}

/// Whether this, after a path, ends it or leads below it.
fn is_end_or_below(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('/')
}

/// Without secrets.
impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Auth").field(&self.0.config.base_path).finish()
    }
}
