//! The settings; each section is defined by its room.

use crypto::Secrets;
use url::Url;

use crate::{middleware::trusted_origin::TrustedOrigin, password, session};

/// What the service needs to know. The `Debug` form shows no secret.
#[derive(Clone, Debug)]
pub struct AuthConfig {
    /// Where browsers find the server, e.g. `https://books.example.com`; only the
    /// origin counts. With `https`, cookies are `Secure`. (`BETTER_AUTH_URL`)
    pub base_url: Url,
    /// The path under which all routes stand, without a slash at the end.
    pub base_path: String,
    /// Further origins whose pages may use the service, e.g. a front-end's
    /// development server. (`BETTER_AUTH_TRUSTED_ORIGINS`)
    pub trusted_origins: Vec<TrustedOrigin>,
    /// The keys that sign cookies and links, 32 characters or more each.
    /// (`BETTER_AUTH_SECRETS`, `BETTER_AUTH_SECRET`, `AUTH_SECRET`)
    pub secrets: Secrets,
    /// Whether requests of one address are counted. (`AUTH_RATE_LIMIT`)
    pub rate_limit: bool,
    /// How long sessions live.
    pub session: session::Config,
    /// How passwords are stored, and how long they must be.
    pub password: password::Config,
}

impl AuthConfig {
    /// better-auth's defaults, without rate limits.
    #[must_use]
    pub fn new(base_url: Url, secrets: Secrets) -> Self {
        Self {
            base_url,
            base_path: "/api/auth".to_owned(),
            trusted_origins: Vec::new(),
            secrets,
            rate_limit: false,
            session: session::Config::default(),
            password: password::Config::default(),
        }
    }
}
