//! The settings of sessions.

use chrono::TimeDelta;

/// How long sessions live, and how clients present them.
#[derive(Clone, Debug)]
pub struct Config {
    /// From sign-in or the last extension to the end of the session; 7 days.
    /// (`AUTH_SESSION_EXPIRES_IN`)
    pub expires_in: TimeDelta,
    /// A request extends its session if the last extension is this long ago; 1 day.
    /// (`AUTH_SESSION_UPDATE_AGE`)
    pub update_age: TimeDelta,
    /// How long after sign-in a session is fresh, which sensitive actions require; 1 day.
    /// Zero means for ever. (`AUTH_SESSION_FRESH_AGE`)
    pub fresh_age: TimeDelta,
    /// Whether requests extend sessions at all. (`AUTH_DISABLE_SESSION_REFRESH`)
    pub refresh: bool,
    /// The maximum number of sessions per user; 100. A further sign-in ends the session that
    /// would expire first. (`AUTH_MAX_SESSIONS`)
    pub max_per_user: u32,
    /// Whether `get-session` may answer from a cookie. (`AUTH_COOKIE_CACHE`)
    pub cache: Option<Cache>,
    /// Whether a bearer token must be signed. (`AUTH_BEARER_REQUIRE_SIGNATURE`)
    pub bearer_requires_signature: bool,
}

/// The session cached in a cookie of its own.
#[derive(Clone, Debug)]
pub struct Cache {
    /// The format of the cookie's value.
    pub format: CacheFormat,
    /// How long a cached session is valid; 5 minutes. (`AUTH_COOKIE_CACHE_MAX_AGE`)
    pub max_age: TimeDelta,
    /// Cached sessions of other versions are ignored. (`AUTH_COOKIE_CACHE_VERSION`)
    pub version: String,
}

/// The format of a cached session: better-auth's three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheFormat {
    /// Signed JSON.
    Compact,
    /// A signed token.
    Jwt,
    /// An encrypted token.
    Jwe,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            expires_in: TimeDelta::days(7),
            update_age: TimeDelta::days(1),
            fresh_age: TimeDelta::days(1),
            refresh: true,
            max_per_user: 100,
            cache: None,
            bearer_requires_signature: true,
        }
    }
}
