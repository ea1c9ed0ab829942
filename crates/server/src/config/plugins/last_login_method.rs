//! Settings of the plugin.

use auth::last_login_method::Config;

use crate::config::{
    check::{Check, shown},
    setting::{Setting, settings},
};

settings! {
    "Last sign-in", "The plugin `last-login-method`: a cookie tells pages how their user signed in.";
    COOKIE_NAME = Setting::text("AUTH_LAST_LOGIN_METHOD_COOKIE_NAME", "Full name of the cookie")
        .default("better-auth.last_used_login_method");
    MAX_AGE = Setting::seconds(
        "AUTH_LAST_LOGIN_METHOD_MAX_AGE", 2_592_000, 1, "Seconds for which browsers keep the cookie",
    );
    STORE_IN_DATABASE = Setting::switch(
        "AUTH_LAST_LOGIN_METHOD_STORE_IN_DATABASE",
        false,
        "Whether the last sign-in method is stored with the user, too",
    );
}

pub(super) fn check(check: &mut Check) -> Config {
    let cookie_name = check.text_or_default(&COOKIE_NAME);
    let is_token = |c: u8| c.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&c);
    if cookie_name.is_empty() || !cookie_name.bytes().all(is_token) {
        let shown = shown(&cookie_name);
        let what = format!("is {shown}, but the name of a cookie has no spaces, =, ; and ,");
        check.fail(&COOKIE_NAME, &what);
    }
    Config {
        cookie_name,
        max_age: check.seconds(&MAX_AGE),
        store_in_database: check.switch(&STORE_IN_DATABASE),
    }
}
