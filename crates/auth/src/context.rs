//! State of every feature module: the settings, and the services below the features.

use std::sync::atomic::AtomicBool;

use database::Database;
use domain::Clock;
use http_client::{HttpClient, Limits};
use mailer::Mailer;
use url::Url;

use crate::{
    breach_check::BreachCheck,
    captcha::Captcha,
    config::AuthConfig,
    cookie::Cookies,
    error_page::ForeignStart,
    extract::Proxies,
    limit::Limiter,
    middleware::trusted_origin::Origins,
    oauth::{JwksCache, Providers, SharedWaits},
    password::{Devices, Passwords, SimulatedForms},
    session::SessionCache,
};

/// One per service, shared by all requests.
pub(crate) struct Context {
    pub(crate) config: AuthConfig,
    /// The URL of the routes for browsers: origin and base path.
    pub(crate) url: Url,
    /// `None` when no captcha is required.
    pub(crate) captcha: Option<Captcha>,
    pub(crate) clock: Clock,
    pub(crate) cookies: Cookies,
    pub(crate) db: Database,
    /// Recognizes the browsers in which a user signed in before.
    pub(crate) devices: Devices,
    /// Where the latest sign-in with a provider began, if it will fail.
    pub(crate) foreign_start: ForeignStart,
    /// Sends requests to providers.
    pub(crate) http: HttpClient,
    /// The keys that verify the providers' id tokens.
    pub(crate) jwks: JwksCache,
    /// `None` when requests are not limited.
    pub(crate) limiter: Option<Limiter>,
    pub(crate) mailer: Mailer,
    pub(crate) origins: Origins,
    pub(crate) passwords: Passwords,
    pub(crate) providers: Providers,
    pub(crate) proxies: Proxies,
    /// The waits for refreshes of tokens by other requests.
    pub(crate) refresh_waits: SharedWaits,
    /// `None` when sessions are not cached.
    pub(crate) session_cache: Option<SessionCache>,
    /// How long the check of a password takes when no user has the address.
    pub(crate) simulated_forms: SimulatedForms,
    /// Whether the forwarded headers of an untrusted proxy were seen since the start.
    pub(crate) untrusted_proxy_seen: AtomicBool,
}

impl Context {
    pub(crate) fn new(config: AuthConfig, db: Database, mailer: Mailer, clock: Clock) -> Self {
        let secrets = &config.secrets;
        let cache = config.session.cache.clone();
        let redis = config.redis.clone();
        Self {
            url: config.url(),
            captcha: Captcha::new(&config.plugins),
            cookies: Cookies::new(config.cookie.clone(), &config.base_url, secrets),
            db,
            devices: Devices::new(secrets),
            foreign_start: ForeignStart::default(),
            http: HttpClient::new(config.oauth.addresses(), Limits::default()),
            jwks: JwksCache::default(),
            limiter: Limiter::new(config.limit, redis, secrets, clock.clone()),
            mailer,
            origins: Origins::new(&config.base_url, config.trusted_origins.clone()),
            passwords: Passwords::new(config.password, BreachCheck::new(&config.plugins)),
            providers: Providers::new(&config.oauth),
            proxies: Proxies::new(config.trusted_proxies.clone()),
            refresh_waits: SharedWaits::default(),
            session_cache: cache.map(|cache| SessionCache::new(cache, secrets, &config.plugins)),
            simulated_forms: SimulatedForms::new(secrets),
            untrusted_proxy_seen: AtomicBool::default(),
            clock,
            config,
        }
    }

    /// The absolute URL of a route, e.g. `/verify-email`, with these values in its query.
    pub(crate) fn url_for(&self, path: &str, query: &[(&str, &str)]) -> String {
        let base = self.url.as_str().trim_end_matches('/');
        let mut link = format!("{base}{path}");
        for (i, (name, value)) in query.iter().enumerate() {
            // As JavaScript's encodeURIComponent.
            let value = percent_encoding::utf8_percent_encode(value, COMPONENT);
            link.extend([if i == 0 { "?" } else { "&" }, name, "="]);
            link.extend(value);
        }
        link
    }
}

/// The characters that JavaScript's `encodeURIComponent` encodes.
pub(crate) const COMPONENT: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');
