//! The settings of the plugin.

use chrono::TimeDelta;

/// Settings of the plugin.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// How long a link is valid. (`AUTH_MAGIC_LINK_EXPIRES_IN`)
    pub expires_in: TimeDelta,
    /// Whether a link signs in existing users only. (`AUTH_MAGIC_LINK_DISABLE_SIGN_UP`)
    pub disable_sign_up: bool,
    /// How tokens are stored. (`AUTH_MAGIC_LINK_STORE_TOKEN`)
    pub store_token: StoreToken,
    /// Whether a link shows a page with a button, which signs in. (`AUTH_MAGIC_LINK_CONFIRM`)
    pub confirm: bool,
}

/// How the token of a link is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StoreToken {
    /// As it is.
    #[default]
    Plain,
    /// Its SHA-256.
    Hashed,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            expires_in: TimeDelta::minutes(5),
            disable_sign_up: false,
            store_token: StoreToken::default(),
            confirm: false,
        }
    }
}
