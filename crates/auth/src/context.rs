//! What every room may use.

use domain::Clock;
use repositories::Database;

use crate::{
    config::AuthConfig,
    cookie::Cookies,
    middleware::{rate_limit::RateLimiter, trusted_origin::Origins},
    password::Passwords,
    session,
};

/// One per service, shared by all requests.
pub(crate) struct Context {
    pub(crate) base_path: String,
    pub(crate) clock: Clock,
    pub(crate) cookies: Cookies,
    pub(crate) db: Database,
    /// None when requests are not counted.
    pub(crate) limiter: Option<RateLimiter>,
    pub(crate) origins: Origins,
    pub(crate) passwords: Passwords,
    pub(crate) sessions: session::Config,
}

impl Context {
    pub(crate) fn new(config: AuthConfig, db: Database, clock: Clock) -> Self {
        let AuthConfig {
            base_url,
            base_path,
            trusted_origins,
            secrets,
            rate_limit,
            session,
            password,
        } = config;
        Self {
            base_path,
            cookies: Cookies::new(base_url.scheme() == "https", &secrets),
            db,
            limiter: rate_limit.then(|| RateLimiter::new(clock.clone())),
            clock,
            origins: Origins::new(&base_url, trusted_origins),
            passwords: Passwords::new(password),
            sessions: session,
        }
    }
}
