//! Settings of the plugin.

use auth::breach_check::{Config, DEFAULT_URL};

use super::service_url::service_url;
use crate::config::{
    check::Check,
    setting::{Setting, settings},
};

settings! {
    "Breached passwords", "Refusing new passwords that are in a list of breached ones.";
    ON = Setting::switch(
        "AUTH_PASSWORD_BREACH_CHECK",
        false,
        "Whether new passwords are compared with a list of breached ones",
    )
    .computed("whether `AUTH_PLUGINS` names `have-i-been-pwned`")
    .details(
        "The service receives five of the forty digits of a hash, never a password. `all` does \
         not turn it on, as it asks a service of others.",
    );
    URL = Setting::text(
        "AUTH_PASSWORD_BREACH_CHECK_URL",
        "URL of the list, to which five digits of a hash are appended",
    )
    .default(DEFAULT_URL)
    .details("A list of your own must have the range protocol of Have I Been Pwned.");
    FAIL = Setting::choice(
        "AUTH_PASSWORD_BREACH_CHECK_FAIL",
        "open",
        &["open", "closed"],
        "What happens if the list cannot be asked: open accepts the password, closed refuses it",
    )
    .details("A log line tells it.");
}

pub(super) fn check(check: &mut Check) -> Config {
    let config = Config::default();
    Config {
        url: service_url(check, &URL).unwrap_or(config.url),
        fails_closed: check.choice(&FAIL, [false, true]).unwrap_or(config.fails_closed),
    }
}

/// Whether the check is on; `named` tells whether the list of plugins names it.
pub(super) fn is_on(check: &mut Check, named: bool) -> bool {
    check.switch_or(&ON, named)
}
