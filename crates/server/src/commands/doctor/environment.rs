//! Checks the environment, and who can reach the server.

use super::report::Finding;
use crate::config::Config;

const SETTING: &str = "APP_ENV";

pub(super) fn check(config: &Config) -> Finding {
    match config.public_development() {
        Some(what) => Finding::wrong(
            SETTING,
            what,
            "set APP_ENV=production, or let this machine alone reach it: HOST=127.0.0.1 and a \
             BETTER_AUTH_URL of localhost",
        ),
        None if config.is_production() => Finding::ok(SETTING, "is production"),
        None => Finding::ok(SETTING, "is development, which this machine alone reaches"),
    }
}
