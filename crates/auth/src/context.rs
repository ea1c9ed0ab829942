//! What every room may use.

use crypto::Secrets;
use database::Database;
use domain::Clock;
use mailer::Mailer;
use url::Url;

use crate::{
    account,
    config::{AuthConfig, UserHook},
    cookie::Cookies,
    email_password, email_verification,
    extract::Proxies,
    limit::{Limiter, Storage},
    middleware::{proxy, trusted_origin::Origins},
    openapi::{Files, Settings},
    password::{Decoys, Devices, Passwords},
    redis::Redis,
    session::{self, SessionCache},
    user, verification,
};

/// One per service, shared by all requests.
pub(crate) struct Context {
    pub(crate) account: account::Config,
    pub(crate) base_path: String,
    /// Where the routes stand for browsers: origin and base path.
    pub(crate) base_url: Url,
    pub(crate) before_create: Option<UserHook>,
    pub(crate) clock: Clock,
    pub(crate) cookies: Cookies,
    pub(crate) db: Database,
    /// How long unknown addresses take.
    pub(crate) decoys: Decoys,
    /// Browsers in which somebody signed in.
    pub(crate) devices: Devices,
    pub(crate) disabled_paths: Vec<String>,
    pub(crate) email_password: email_password::Config,
    pub(crate) email_verification: email_verification::Config,
    /// The document of the service, and its page.
    pub(crate) files: Files,
    /// Where is counted.
    pub(crate) limit_storage: Storage,
    /// None when requests are not counted.
    pub(crate) limiter: Option<Limiter>,
    pub(crate) mailer: Mailer,
    pub(crate) origins: Origins,
    pub(crate) passwords: Passwords,
    pub(crate) proxies: Proxies,
    /// None when everything is in the database.
    pub(crate) redis: Option<Redis>,
    pub(crate) secrets: Secrets,
    pub(crate) session: session::Config,
    pub(crate) skip_trailing_slashes: bool,
    /// None when sessions are not cached.
    pub(crate) session_cache: Option<SessionCache>,
    pub(crate) sessions: session::Store,
    pub(crate) stranger_seen: proxy::Seen,
    pub(crate) user: user::Config,
    pub(crate) verifications: verification::Store,
}

impl Context {
    pub(crate) fn new(config: AuthConfig, db: Database, mailer: Mailer, clock: Clock) -> Self {
        let files = Files::new(&Settings { config: &config, mails: mailer.is_on() });
        let url = config.url();
        let AuthConfig {
            base_url,
            base_path,
            disabled_paths,
            skip_trailing_slashes,
            trusted_origins,
            secrets,
            trusted_proxies,
            limit,
            cookie,
            session,
            password,
            email_password,
            email_verification,
            user,
            account,
            before_create,
            redis,
        } = config;
        let origins = Origins::new(&base_url, trusted_origins);
        Self {
            account,
            base_path,
            base_url: url,
            before_create,
            cookies: Cookies::new(cookie, &base_url, &secrets),
            db,
            decoys: Decoys::new(&secrets),
            devices: Devices::new(&secrets),
            disabled_paths,
            email_password,
            email_verification,
            files,
            limit_storage: limit.storage,
            limiter: Limiter::new(limit, redis.clone(), &secrets, clock.clone()),
            mailer,
            origins,
            passwords: Passwords::new(password),
            proxies: Proxies::new(trusted_proxies),
            sessions: session::Store::new(redis.clone(), &clock, &session),
            session_cache: session.cache.clone().map(|cache| SessionCache::new(cache, &secrets)),
            secrets,
            session,
            skip_trailing_slashes,
            stranger_seen: proxy::Seen::default(),
            user,
            verifications: verification::Store::new(redis.clone(), &clock),
            redis,
            clock,
        }
    }

    /// The absolute URL of a route, e.g. `/verify-email`, with these values in its
    /// query.
    pub(crate) fn link(&self, path: &str, query: &[(&str, &str)]) -> String {
        let base = self.base_url.as_str().trim_end_matches('/');
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

/// What JavaScript's `encodeURIComponent` encodes.
const COMPONENT: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');
