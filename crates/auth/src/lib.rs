//! Accounts, sessions and every way to sign in, in the wire format of better-auth
//! 1.7.7: its official clients and its own database rows work here, and the
//! reverse.
//!
//! One room per concern. A room owns its table, its routes, its codes and its
//! settings; nothing else reads its table.
//!
//! ```text
//! email_password ──▶ gate ──▶ session
//!       │
//!       └──▶ password, account
//! ```
//!
//! | room | endpoints under `/api/auth` | table |
//! |---|---|---|
//! | [`email_password`] | `POST sign-up/email`, `POST sign-in/email` | – |
//! | [`session`] | `GET get-session` (alias `session`), `POST sign-out` | `session` |
//! | `account` | – | `account` |
//! | [`password`] | – (hashing, and how much of it at once) | – |
//!
//! Around them stand `router` (all routes, and what comes before them),
//! [`middleware`] (origins, rate limits), `extract` (bodies with errors of
//! better-auth's shape), `wire` (its JSON) and `gate`, which alone issues sessions.

pub mod config;
pub mod email_password;
pub mod middleware;
pub mod password;
pub mod session;

mod account;
mod code;
mod context;
mod cookie;
mod error;
mod extract;
mod gate;
mod method;
mod router;
mod wire;

use std::{fmt, sync::Arc};

use axum::{Router, http::HeaderMap};
use domain::{Clock, Result};
use repositories::Database;

use crate::context::Context;
pub use crate::{
    config::AuthConfig,
    email_password::{NewPasswordUser, Users},
    middleware::trusted_origin::TrustedOrigin,
    session::Authenticated,
};

/// Everything under `/api/auth`. Cheap to clone; clones share rate limits and the
/// queue of passwords to hash.
#[derive(Clone)]
pub struct Auth(Arc<Context>);

impl Auth {
    /// An authentication service with its rows in `db`.
    #[must_use]
    pub fn new(config: AuthConfig, db: Database, clock: Clock) -> Self {
        Self(Arc::new(Context::new(config, db, clock)))
    }

    /// The routes, with absolute paths; every other path below the base path
    /// answers 404. Give the server `ConnectInfo<SocketAddr>`, or all clients share
    /// one rate limit and their sessions have no address.
    pub fn router(&self) -> Router {
        router::build(&self.0)
    }

    /// Who sent this request, by session cookie or `Authorization: Bearer`. A
    /// session that is due for it is extended, and its cookie comes back to be set.
    ///
    /// `None` is an anonymous request; a failing database is an error.
    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<Option<Authenticated>> {
        session::authenticate(&self.0, headers).await
    }

    /// Whether a page of this origin may use the service with the user's cookies.
    #[must_use]
    pub fn is_trusted_origin(&self, origin: &str) -> bool {
        self.0.origins.trusts(origin)
    }

    /// The door for commands of the operator that make users.
    #[must_use]
    pub fn users(&self) -> Users<'_> {
        Users::new(&self.0)
    }
}

/// Without secrets.
impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Auth").field(&self.0.base_path).finish()
    }
}
