//! The settings of the plugin.

use chrono::TimeDelta;

/// Settings of the plugin `last-login-method`.
#[derive(Clone, Debug)]
pub struct Config {
    /// The full name of the cookie. (`AUTH_LAST_LOGIN_METHOD_COOKIE_NAME`)
    pub cookie_name: String,
    /// How long browsers keep the cookie. (`AUTH_LAST_LOGIN_METHOD_MAX_AGE`)
    pub max_age: TimeDelta,
    /// Whether the method is stored with the user, too. (`AUTH_LAST_LOGIN_METHOD_STORE_IN_DATABASE`)
    pub store_in_database: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            cookie_name: "better-auth.last_used_login_method".to_owned(),
            max_age: TimeDelta::days(30),
            store_in_database: false,
        }
    }
}
