//! The settings of the service. Each section is defined by its module.

use crypto::Secrets;
use domain::{AbilityFactory, Error, NewUser, Result};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{
    account, cookie, email_password, email_verification,
    extract::TrustedProxy,
    limit,
    middleware::trusted_origin::TrustedOrigin,
    oauth,
    oauth::ProxyConfig,
    password,
    plugin::{Plugin, Plugins},
    redis::Redis,
    secret::secret_weakness,
    session, user,
};

/// The settings of the service. `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct AuthConfig {
    /// The URL of the server for browsers, e.g. `https://books.example.com`. Only its origin is
    /// used. (`BETTER_AUTH_URL`)
    pub base_url: Url,
    /// The path of all routes, without a slash at the end. (`AUTH_BASE_PATH`)
    pub base_path: String,
    /// Routes below the base path that answer 404, e.g. `/sign-up/email`.
    /// (`AUTH_DISABLED_PATHS`)
    pub disabled_paths: Vec<String>,
    /// Whether a slash at the end of a route's path is ignored; otherwise such a path answers
    /// 404. (`AUTH_SKIP_TRAILING_SLASHES`)
    pub skip_trailing_slashes: bool,
    /// Further origins whose pages may use the service, e.g. the development server of a
    /// front end. (`BETTER_AUTH_TRUSTED_ORIGINS`)
    pub trusted_origins: Vec<TrustedOrigin>,
    /// The secrets that sign cookies and links, 32 characters or more each.
    /// (`BETTER_AUTH_SECRETS`, `BETTER_AUTH_SECRET`, `AUTH_SECRET`)
    pub secrets: Secrets,
    /// Proxies whose forwarded addresses are used. (`AUTH_TRUSTED_PROXIES`)
    pub trusted_proxies: Vec<TrustedProxy>,
    /// The rate limits.
    pub limit: limit::Config,
    /// The names and attributes of cookies.
    pub cookie: cookie::Config,
    /// How long sessions live, and how clients present them.
    pub session: session::Config,
    /// How passwords are stored, and how long they must be.
    pub password: password::Config,
    /// Settings of sign-up, sign-in and password reset.
    pub email_password: email_password::Config,
    /// When verification links are mailed, and what they do.
    pub email_verification: email_verification::Config,
    /// Settings of changes that users make to themselves.
    pub user: user::Config,
    /// Settings of users' accounts.
    pub account: account::Config,
    /// Sign-in with providers.
    pub oauth: oauth::Config,
    /// better-auth's plugins.
    pub plugins: Plugins,
    /// Whether the error page advises developers: which setting, or which value at a provider,
    /// ends an error.
    pub developer_advice: bool,
    /// Changes or refuses every new user before it is stored.
    pub before_create: Option<UserHook>,
    /// The rules that decide what users may change about themselves.
    pub abilities: AbilityFactory,
    /// Stores sessions and mailed links instead of the database. (`REDIS_URL`)
    pub redis: Option<Redis>,
}

impl AuthConfig {
    /// The defaults, for a service that browsers reach at `base_url`. Every field can be changed
    /// afterwards. Cookies are for https alone if the URL is of https.
    ///
    /// Fails if `secret` is weak: has fewer than 32 characters, repeats too few of them, or is an
    /// example from a documentation.
    pub fn new(base_url: Url, secret: SecretString) -> Result<Self> {
        if let Some(weakness) = secret_weakness(secret.expose_secret()) {
            return Err(Error::invalid("secret", weakness));
        }
        let secure = base_url.scheme() == "https";
        Ok(Self {
            base_url,
            base_path: "/api/auth".to_owned(),
            disabled_paths: Vec::new(),
            skip_trailing_slashes: false,
            trusted_origins: Vec::new(),
            secrets: Secrets::single(secret),
            trusted_proxies: Vec::new(),
            limit: limit::Config::default(),
            cookie: cookie::Config { secure, ..cookie::Config::default() },
            session: session::Config::default(),
            password: password::Config::default(),
            email_password: email_password::Config::default(),
            email_verification: email_verification::Config::default(),
            user: user::Config::default(),
            account: account::Config::default(),
            oauth: oauth::Config::default(),
            plugins: Plugins::default(),
            developer_advice: false,
            before_create: None,
            abilities: AbilityFactory::default(),
            redis: None,
        })
    }

    /// The settings of the plugin `oauth-proxy`, if it is on.
    pub(crate) fn oauth_proxy(&self) -> Option<&ProxyConfig> {
        self.plugins.has(Plugin::OauthProxy).then_some(&self.oauth.proxy)
    }

    /// Whether a plugin creates users: sign-up is open, and the plugin's own setting allows it.
    pub(crate) fn signs_up_by(&self, plugin: Plugin) -> bool {
        let plugins = &self.plugins;
        let is_allowed = match plugin {
            Plugin::EmailOtp => !plugins.email_otp.disable_sign_up,
            Plugin::MagicLink => !plugins.magic_link.disable_sign_up,
            Plugin::PhoneNumber => plugins.phone_number.sign_up,
            _ => true,
        };
        self.email_password.sign_up && is_allowed
    }

    /// The URL of the routes for browsers: origin and base path.
    pub(crate) fn url(&self) -> Url {
        let mut url = self.base_url.clone();
        url.set_path(&self.base_path);
        url.set_query(None);
        url.set_fragment(None);
        url
    }
}

/// Changes or refuses a user who is about to be created, e.g. sets another id, normalizes the
/// name, or refuses addresses of other companies. A hook must be quick. It may run again for the
/// same person when two sign-ups are concurrent.
pub type UserHook = fn(NewUser) -> Result<NewUser>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weak_secret_is_refused() {
        let of = |secret: &str| AuthConfig::new(Url::parse("http://a.b").unwrap(), secret.into());
        assert!(of("0123456789abcdefghijklmnopqrstuv").is_ok());
        for weak in ["short", &"a".repeat(32), "better-auth-secret-12345678901234567890"] {
            assert!(of(weak).is_err(), "{weak}");
        }
    }
}
