//! Settings of the plugin.

use auth::one_time_token::{Config, StoreToken};
use chrono::TimeDelta;

use crate::config::{
    check::Check,
    setting::{Setting, settings},
};

settings! {
    "One-time tokens", "The plugin `one-time-token`: passing a session on with a token that works once.";
    DISABLE_CLIENT_REQUEST = Setting::switch(
        "AUTH_ONE_TIME_TOKEN_DISABLE_CLIENT_REQUEST",
        false,
        "Whether clients cannot generate tokens",
    )
    .details("Tokens then come only in the header `set-ott`.");
    EXPIRES_IN = Setting::integer(
        "AUTH_ONE_TIME_TOKEN_EXPIRES_IN", 3, (1, 1_440), "Minutes for which a token is valid",
    );
    DISABLE_SET_SESSION_COOKIE = Setting::switch(
        "AUTH_ONE_TIME_TOKEN_DISABLE_SET_SESSION_COOKIE",
        false,
        "Whether verifying a token sets no cookie",
    );
    STORE_TOKEN = Setting::choice(
        "AUTH_ONE_TIME_TOKEN_STORE_TOKEN",
        "plain",
        &["plain", "hashed"],
        "How tokens are stored: plain or hashed",
    );
    SET_OTT_HEADER = Setting::switch(
        "AUTH_ONE_TIME_TOKEN_SET_OTT_HEADER_ON_NEW_SESSION",
        false,
        "Whether the response to a sign-in has a token in the header `set-ott`",
    );
}

pub(super) fn check(check: &mut Check) -> Config {
    Config {
        disable_client_request: check.switch(&DISABLE_CLIENT_REQUEST),
        expires_in: TimeDelta::minutes(check.integer(&EXPIRES_IN).into()),
        disable_set_session_cookie: check.switch(&DISABLE_SET_SESSION_COOKIE),
        store_token: check
            .choice(&STORE_TOKEN, [StoreToken::Plain, StoreToken::Hashed])
            .unwrap_or(StoreToken::Plain),
        set_header: check.switch(&SET_OTT_HEADER),
    }
}
