//! Settings of the plugin.

use auth::magic_link::{Config, StoreToken};

use crate::config::{
    check::Check,
    setting::{Setting, settings},
};

settings! {
    "Magic links", "Signing in with a mailed link: better-auth's plugin magic-link.";
    EXPIRES_IN = Setting::seconds(
        "AUTH_MAGIC_LINK_EXPIRES_IN", 300, 1, "Seconds for which a link is valid",
    );
    DISABLE_SIGN_UP = Setting::switch(
        "AUTH_MAGIC_LINK_DISABLE_SIGN_UP", false, "Whether a link signs in existing users only",
    );
    STORE_TOKEN = Setting::choice(
        "AUTH_MAGIC_LINK_STORE_TOKEN",
        "plain",
        &["plain", "hashed"],
        "How the tokens of links are stored: plain or hashed",
    );
    CONFIRM = Setting::switch(
        "AUTH_MAGIC_LINK_CONFIRM",
        false,
        "Whether a link shows a page with a button, which signs in",
    )
    .details("Mail scanners open links and thereby use them up, but press no buttons.");
}

pub(super) fn check(check: &mut Check) -> Config {
    let stored = [StoreToken::Plain, StoreToken::Hashed];
    Config {
        expires_in: check.seconds(&EXPIRES_IN),
        disable_sign_up: check.switch(&DISABLE_SIGN_UP),
        store_token: check.choice(&STORE_TOKEN, stored).unwrap_or_default(),
        confirm: check.switch(&CONFIRM),
    }
}
