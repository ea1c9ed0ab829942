//! Accounts, sessions and every sign-in method, with the HTTP API and the tables of better-auth,
//! in the version [`COMPATIBLE_WITH`]: its official clients and its own database rows work here,
//! and the reverse.
//!
//! Each concern has one feature module, which owns its table, its routes, its error codes and its
//! settings; no other module reads its table.
//!
//! ```text
//! email_password, oauth, magic_link, passkey, … ──▶ sign_in ──▶ session
//!       │
//!       └──▶ password, account, verification
//! ```
//!
//! | module | endpoints under `/api/auth` | table |
//! |---|---|---|
//! | [`email_password`] | `POST sign-up/email`, `sign-in/email` | – |
//! | [`oauth`] | `POST sign-in/social`, `GET callback/{id}`, `POST callback/{id}`, `link-social`, `get-access-token`, `refresh-token`, `GET account-info`, `providers` | – |
//! | [`email_verification`] | `POST send-verification-email`, `verify-email`, `GET verify-email` | – |
//! | `password_reset` | `POST request-password-reset`, `reset-password`, `reset-password/{token}`, `GET reset-password/{token}` | – |
//! | [`user`] | `POST update-user`, `change-password`, `verify-password`, `change-email`, `delete-user`, `GET delete-user/callback` | – |
//! | [`session`] | `GET get-session` (alias `session`), `list-sessions`, `POST revoke-session`, `revoke-sessions`, `revoke-other-sessions`, `update-session` | `session` |
//! | `sign_out` | `POST sign-out` | – |
//! | [`account`] | `GET list-accounts`, `POST unlink-account` | `account` |
//! | [`two_factor`] | `POST two-factor/enable`, `disable`, `get-totp-uri`, `verify-totp`, `send-otp`, `verify-otp`, `generate-backup-codes`, `verify-backup-code` | `twoFactor` |
//! | [`passkey`] | `GET passkey/generate-register-options`, `generate-authenticate-options`, `list-user-passkeys`, `POST passkey/verify-registration`, `verify-authentication`, `update-passkey`, `delete-passkey` | `passkey` |
//! | [`magic_link`] | `POST sign-in/magic-link`, `GET magic-link/verify` | – |
//! | [`email_otp`] | `POST email-otp/send-verification-otp`, `check-verification-otp`, `verify-email`, `request-password-reset`, `reset-password`, `request-email-change`, `change-email`, `sign-in/email-otp` | – |
//! | [`username`] | `POST sign-in/username`, `is-username-available` | – |
//! | [`phone_number`] | `POST sign-in/phone-number`, `phone-number/send-otp`, `verify`, `request-password-reset`, `reset-password` | – |
//! | [`device_authorization`] | `POST device/code`, `device/token`, `GET device`, `POST device/approve`, `device/deny` | `deviceCode` |
//! | [`siwe`] | `POST siwe/nonce`, `siwe/get-nonce`, `siwe/verify` | `walletAddress` |
//! | [`captcha`] | – (checks before sign-up, sign-in and reset) | – |
//! | [`breach_check`] | – (checks new passwords) | – |
//! | [`limit`] | – (rate limits) | `rateLimit` |
//! | `verification` | – (mailed links, states of sign-ins, claims) | `verification` |
//! | [`password`] | – (hashing and checking) | – |
//! | [`anonymous`] | `POST sign-in/anonymous`, `delete-anonymous-user` | – |
//! | [`multi_session`] | `GET multi-session/list-device-sessions`, `POST multi-session/set-active`, `multi-session/revoke` | – |
//! | [`one_time_token`] | `GET one-time-token/generate`, `POST one-time-token/verify` | – |
//! | [`last_login_method`] | – (a cookie of every sign-in) | – |
//! | `plugin_listing` | `GET plugins` | – |
//! | `error_page` | `GET error` | – |
//! | [`openapi`](document) | `GET open-api/generate-schema`, `reference` (alias `docs`) | – |
//!
//! The other modules serve all features: `router` (the list of features, all routes, and their
//! layers), [`middleware`] (origins, rate limits, closed routes, proxies), `extract` (inputs,
//! with better-auth's errors), `views` (better-auth's JSON), `page` (pages for people), `mail`
//! and `audit` (mails and audit events), `epoch` (invalidates mailed links), [`redis`] (state
//! that several machines share), `secret` (weak secrets) and `sign_in`, which alone creates
//! sessions.

pub mod account;
pub mod anonymous;
pub mod breach_check;
pub mod captcha;
pub mod config;
pub mod cookie;
pub mod device_authorization;
pub mod email_otp;
pub mod email_password;
pub mod email_verification;
pub mod last_login_method;
pub mod limit;
pub mod magic_link;
pub mod middleware;
pub mod multi_session;
pub mod oauth;
pub mod one_time_token;
pub mod passkey;
pub mod password;
pub mod phone_number;
pub mod redis;
pub mod session;
pub mod siwe;
pub mod two_factor;
pub mod user;
pub mod username;

mod audit;
mod context;
mod epoch;
mod error;
mod error_code;
mod error_page;
mod extract;
mod mail;
mod mailbox;
mod openapi;
mod page;
mod password_reset;
mod password_sign_in;
mod plugin;
mod plugin_listing;
mod redirect;
mod router;
mod routing;
mod secret;
mod sign_in;
mod sign_out;
mod signed_in;
mod sms;
mod text_rule;
mod verification;
mod views;

use std::{collections::HashMap, fmt, net::IpAddr, sync::Arc};

use axum::{
    Router,
    http::{Extensions, HeaderMap, Method},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use database::{Database, WriteTasks};
use domain::{Clock, CurrentUser, Result, User};
use mailer::Mailer;

pub use crate::{
    config::{AuthConfig, UserHook},
    email_password::{NewPasswordUser, Users},
    extract::{Address, TrustedProxy, is_timed_out},
    middleware::{paths::PATHS, trusted_origin::TrustedOrigin},
    openapi::COMPATIBLE_WITH,
    plugin::{Plugin, Plugins},
    redis::Redis,
    router::document,
    secret::secret_weakness,
    session::{Authenticated, SessionKey},
    signed_in::SignedIn,
    text_rule::TextRule,
    views::UserView,
};
use crate::{
    context::Context,
    limit::{Points, PointsConfig},
};

/// The authentication service. Cheap to clone; clones share rate limits and the queue of
/// passwords to hash.
#[derive(Clone)]
pub struct Auth(Arc<Context>);

impl Auth {
    /// Creates a service that stores its rows in `db` and sends its mails through `mailer`.
    #[must_use]
    pub fn new(config: AuthConfig, db: Database, mailer: Mailer, clock: Clock) -> Self {
        Self(Arc::new(Context::new(config, db, mailer, clock)))
    }

    /// The routes, with absolute paths. Every other path below the base path answers 404.
    /// Handlers run as tasks of `writes`. Without `ConnectInfo<SocketAddr>` from the server, all
    /// clients share one rate limit and their sessions have no address.
    pub fn router(&self, writes: &WriteTasks) -> Router {
        router::build(&self.0, writes)
    }

    /// Finds the user who sent a request, by session cookie or `Authorization: Bearer`. Extends
    /// the session if that is due, and returns the cookies for the response.
    ///
    /// `None` is an anonymous request; a failing database is an error.
    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<Option<Authenticated>> {
        session::authenticate(&self.0, headers).await
    }

    /// Returns those of the sessions that are still valid, with the current data of their users.
    /// Checks all connections that stay open after [`Self::authenticate`] at once, and extends
    /// no session.
    pub async fn still_signed_in(
        &self,
        keys: &[SessionKey],
    ) -> Result<HashMap<SessionKey, CurrentUser>> {
        session::still_signed_in(&self.0, keys).await
    }

    /// Finds the user who sent a request, as [`Self::authenticate`] does, without extending the
    /// session: for responses that cannot set its cookie.
    pub async fn recognize(
        &self,
        headers: &HeaderMap,
    ) -> Result<Option<(CurrentUser, SessionKey)>> {
        session::recognize(&self.0, headers).await
    }

    /// The Redis server that several machines share, if one is configured.
    #[must_use]
    pub fn redis(&self) -> Option<&Redis> {
        self.0.config.redis.as_ref()
    }

    /// Whether pages of this origin may use the service with the user's cookies.
    #[must_use]
    pub fn is_trusted_origin(&self, origin: &str) -> bool {
        self.0.origins.trusts(origin)
    }

    /// Whether a slash after this path is ignored. As in better-auth, the routes below the base
    /// path ignore it only if a setting says so.
    #[must_use]
    pub fn ignores_slash_after(&self, path: &str) -> bool {
        let AuthConfig { base_path, skip_trailing_slashes, .. } = &self.0.config;
        *skip_trailing_slashes || !path.strip_prefix(base_path).is_some_and(is_end_or_below)
    }

    /// Whether browsers use https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.url.scheme() == "https"
    }

    /// Returns the refusal of a request that changes state or opens a WebSocket, has cookies and
    /// comes from an untrusted page; `None` allows the request. For routes outside of the base
    /// path; the service checks its own routes.
    #[must_use]
    pub fn origin_refusal(&self, method: &Method, headers: &HeaderMap) -> Option<Response> {
        let checked = middleware::origin::check_route(&self.0.origins, method, headers);
        checked.err().map(IntoResponse::into_response)
    }

    /// The address that identifies the client of a request: the address of its connection or,
    /// behind a trusted proxy, the forwarded one.
    #[must_use]
    pub fn address(&self, extensions: &Extensions, headers: &HeaderMap) -> Option<Address> {
        self.0.proxies.client(extensions, headers)
    }

    /// Whether this is the address of a trusted proxy.
    #[must_use]
    pub fn is_trusted_proxy(&self, address: IpAddr) -> bool {
        self.0.proxies.trusts(address.to_canonical())
    }

    /// A budget of points per client, counted where the settings count rate limits.
    #[must_use]
    pub fn points(&self, config: PointsConfig) -> Points {
        let AuthConfig { limit, redis, .. } = &self.0.config;
        Points::new(config, limit.storage, redis.clone(), self.0.clock.clone())
    }

    /// Deletes sessions and links that ended before this, expired requests of device clients and
    /// counts of rate limits, and guests who cannot come back, in batches. Returns the number of
    /// deleted rows.
    pub async fn sweep(&self, before: DateTime<Utc>) -> Result<u64> {
        let context = &*self.0;
        let Context { db, limiter, .. } = context;
        let mut swept = session::Store::of(context).sweep(db, before).await?;
        swept += verification::Store::of(context).sweep(db, before, context.clock.now()).await?;
        swept += device_authorization::sweep(context).await?;
        if let Some(limiter) = limiter {
            swept += limiter.sweep(db).await?;
        }
        swept += anonymous::sweep(context).await?;
        Ok(swept)
    }

    /// Discovers the providers whose URLs a document of theirs names, and tries again after
    /// failures. Returns when all of them are present. Requests for a provider that is absent
    /// discover it, too.
    pub async fn discover_providers(&self) {
        oauth::discover_providers(&self.0).await;
    }

    /// The user as the service's responses show them.
    #[must_use]
    pub fn user_view<'u>(&self, user: &'u User) -> UserView<'u> {
        UserView::new(user, &self.0.config.plugins)
    }

    /// Creates users, for the operator's commands.
    #[must_use]
    pub fn users(&self) -> Users<'_> {
        Users::new(&self.0)
    }
}

/// Whether `rest`, what follows a path, is empty or a path below.
fn is_end_or_below(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('/')
}

/// Shows no secrets.
impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Auth").field(&self.0.config.base_path).finish()
    }
}
