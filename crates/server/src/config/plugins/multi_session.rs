//! Settings of the plugin.

use auth::multi_session::Config;

use crate::config::{
    check::Check,
    setting::{Setting, settings},
};

settings! {
    "Several accounts", "The plugin `multi-session`: several signed-in users in one browser.";
    MAXIMUM_SESSIONS = Setting::integer(
        "AUTH_MULTI_SESSION_MAXIMUM_SESSIONS",
        5,
        (1, 50),
        "Sessions between which one browser can switch",
    );
}

pub(super) fn check(check: &mut Check) -> Config {
    Config { maximum_sessions: check.integer(&MAXIMUM_SESSIONS) }
}
