//! The settings of the plugin.

use chrono::TimeDelta;

/// Settings of the plugin `one-time-token`.
#[derive(Clone, Debug)]
pub struct Config {
    /// Whether clients cannot generate tokens.
    /// (`AUTH_ONE_TIME_TOKEN_DISABLE_CLIENT_REQUEST`)
    pub disable_client_request: bool,
    /// How long a token is valid. (`AUTH_ONE_TIME_TOKEN_EXPIRES_IN`)
    pub expires_in: TimeDelta,
    /// Whether a verified token sets no cookie.
    /// (`AUTH_ONE_TIME_TOKEN_DISABLE_SET_SESSION_COOKIE`)
    pub disable_set_session_cookie: bool,
    /// How tokens are stored. (`AUTH_ONE_TIME_TOKEN_STORE_TOKEN`)
    pub store_token: StoreToken,
    /// Whether responses to a sign-in have a token in the header `set-ott`.
    /// (`AUTH_ONE_TIME_TOKEN_SET_OTT_HEADER_ON_NEW_SESSION`)
    pub set_header: bool,
}

/// How tokens are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreToken {
    /// As they are.
    Plain,
    /// As their SHA-256.
    Hashed,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            disable_client_request: false,
            expires_in: TimeDelta::minutes(3),
            disable_set_session_cookie: false,
            store_token: StoreToken::Plain,
            set_header: false,
        }
    }
}
