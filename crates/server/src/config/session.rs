//! Sessions.

use auth::session::{self, CacheFormat};
use clap::Args;

use super::check::{Check, present};

/// Settings as given; an empty value counts as absent.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Sessions")]
pub struct SessionSettings {
    /// Seconds until an unused session ends [default: 604800]
    #[arg(long, env = "AUTH_SESSION_EXPIRES_IN", global = true)]
    pub auth_session_expires_in: Option<String>,
    /// Seconds after which a used session is extended [default: 86400]
    #[arg(long, env = "AUTH_SESSION_UPDATE_AGE", global = true)]
    pub auth_session_update_age: Option<String>,
    /// Seconds after signing in for which a session may do what is sensitive; 0 is
    /// for ever [default: 86400]
    #[arg(long, env = "AUTH_SESSION_FRESH_AGE", global = true)]
    pub auth_session_fresh_age: Option<String>,
    /// Whether sessions end when they end, however much they are used
    /// [default: false]
    #[arg(long, env = "AUTH_DISABLE_SESSION_REFRESH", global = true)]
    pub auth_disable_session_refresh: Option<String>,
    /// How many sessions one user may have; at one more, the one that would end first
    /// ends [default: 100]
    #[arg(long, env = "AUTH_MAX_SESSIONS", global = true)]
    pub auth_max_sessions: Option<String>,
    /// Whether get-session may answer from a cookie: off, compact, jwt or jwe
    /// [default: off]
    #[arg(long, env = "AUTH_COOKIE_CACHE", global = true)]
    pub auth_cookie_cache: Option<String>,
    /// Seconds for which that cookie counts [default: 300]
    #[arg(long, env = "AUTH_COOKIE_CACHE_MAX_AGE", global = true)]
    pub auth_cookie_cache_max_age: Option<String>,
    /// Changing it makes all such cookies void [default: 1]
    #[arg(long, env = "AUTH_COOKIE_CACHE_VERSION", global = true)]
    pub auth_cookie_cache_version: Option<String>,
    /// Whether `Authorization: Bearer` must carry the signed token of
    /// set-auth-token, and not the raw one, which the database has, too [default: true]
    #[arg(long, env = "AUTH_BEARER_REQUIRE_SIGNATURE", global = true)]
    pub auth_bearer_require_signature: Option<String>,
}

impl SessionSettings {
    pub(super) fn check(self, check: &mut Check) -> session::Config {
        let formats = [
            ("off", None),
            ("compact", Some(CacheFormat::Compact)),
            ("jwt", Some(CacheFormat::Jwt)),
            ("jwe", Some(CacheFormat::Jwe)),
        ];
        let format = check.choice("AUTH_COOKIE_CACHE", self.auth_cookie_cache, &formats);
        let cache_age = self.auth_cookie_cache_max_age;
        let max_age = check.duration("AUTH_COOKIE_CACHE_MAX_AGE", cache_age, 300, 1);
        let version = present(self.auth_cookie_cache_version).unwrap_or_else(|| "1".to_owned());
        let max_per_user =
            check.number("AUTH_MAX_SESSIONS", self.auth_max_sessions, 100, 1..=1_000);
        let mut seconds =
            |variable, value, default, shortest| check.duration(variable, value, default, shortest);
        session::Config {
            expires_in: seconds(
                "AUTH_SESSION_EXPIRES_IN",
                self.auth_session_expires_in,
                604_800,
                1,
            ),
            update_age: seconds("AUTH_SESSION_UPDATE_AGE", self.auth_session_update_age, 86_400, 0),
            fresh_age: seconds("AUTH_SESSION_FRESH_AGE", self.auth_session_fresh_age, 86_400, 0),
            refresh: !check.switch(
                "AUTH_DISABLE_SESSION_REFRESH",
                self.auth_disable_session_refresh,
                false,
            ),
            max_per_user,
            cache: format.flatten().map(|format| session::Cache { format, max_age, version }),
            bearer_requires_signature: check.switch(
                "AUTH_BEARER_REQUIRE_SIGNATURE",
                self.auth_bearer_require_signature,
                true,
            ),
        }
    }
}
