//! The settings; each section is defined by its room.

use crypto::Secrets;
use domain::{NewUser, Result};
use url::Url;

use crate::{
    account, cookie, email_password, email_verification, extract::TrustedProxy, limit,
    middleware::trusted_origin::TrustedOrigin, password, redis::Redis, session, user,
};

/// What the service needs to know. The `Debug` form shows no secret.
#[derive(Clone, Debug)]
pub struct AuthConfig {
    /// Where browsers find the server, e.g. `https://books.example.com`; only the
    /// origin counts. (`BETTER_AUTH_URL`)
    pub base_url: Url,
    /// The path under which all routes stand, without a slash at the end.
    /// (`AUTH_BASE_PATH`)
    pub base_path: String,
    /// Routes below it that answer 404, e.g. `/sign-up/email`.
    /// (`AUTH_DISABLED_PATHS`)
    pub disabled_paths: Vec<String>,
    /// Whether a slash at the end of a route's path means nothing; else there is no such
    /// route. (`AUTH_SKIP_TRAILING_SLASHES`)
    pub skip_trailing_slashes: bool,
    /// Further origins whose pages may use the service, e.g. a front-end's
    /// development server. (`BETTER_AUTH_TRUSTED_ORIGINS`)
    pub trusted_origins: Vec<TrustedOrigin>,
    /// The keys that sign cookies and links, 32 characters or more each.
    /// (`BETTER_AUTH_SECRETS`, `BETTER_AUTH_SECRET`, `AUTH_SECRET`)
    pub secrets: Secrets,
    /// Proxies that are believed when they say for whom they ask.
    /// (`AUTH_TRUSTED_PROXIES`)
    pub trusted_proxies: Vec<TrustedProxy>,
    /// How much one client, one account and one mailbox are good for.
    pub limit: limit::Config,
    /// The cookies' names and attributes.
    pub cookie: cookie::Config,
    /// How long sessions live.
    pub session: session::Config,
    /// How passwords are stored, and how long they must be.
    pub password: password::Config,
    /// Who may sign up and in.
    pub email_password: email_password::Config,
    /// How addresses are proved.
    pub email_verification: email_verification::Config,
    /// What users may change of themselves.
    pub user: user::Config,
    /// Ways to sign in.
    pub account: account::Config,
    /// What happens to every new user before they are stored.
    pub before_create: Option<UserHook>,
    /// Where sessions and mailed links are instead of in the database. (`REDIS_URL`)
    pub redis: Option<Redis>,
}

impl AuthConfig {
    /// Where the routes stand for browsers: origin and base path.
    pub(crate) fn url(&self) -> Url {
        let mut url = self.base_url.clone();
        url.set_path(&self.base_path);
        url.set_query(None);
        url.set_fragment(None);
        url
    }
}

/// SetCookies or refuses a user who is about to be made: another id, a name in another
/// form, an address of another company. It must be quick, and may run again for the
/// same person if two sign up at once.
pub type UserHook = fn(NewUser) -> Result<NewUser>;
