//! The Redis server that several machines share.

use auth::redis::{Config, RedisUrl};

use super::{
    check::{Check, shown},
    setting::{Setting, settings},
};

settings! {
    "Several machines", "The Redis server that several machines share.";
    URL = Setting::text(
        "REDIS_URL",
        "Redis server for sessions, mailed links and rate limits: \
         `redis://USER:PASSWORD@HOST:PORT`, or `rediss://` with TLS",
    )
    .computed("none: the database stores them")
    .example("redis://localhost:6379")
    .secret();
    KEY_PREFIX = Setting::text("REDIS_KEY_PREFIX", "Prefix of keys; `none` is no prefix")
        // As `@better-auth/redis-storage` has it, which is better-auth's own.
        .default("better-auth:");
}

pub(super) fn check(check: &mut Check) -> Option<Config> {
    let prefix = prefix(check);
    match check.text(&URL)?.trim().parse::<RedisUrl>() {
        Ok(url) => Some(Config { url, prefix }),
        Err(what) => {
            // The value may contain a password and is not shown.
            check.fail(&URL, what);
            None
        }
    }
}

fn prefix(check: &mut Check) -> String {
    let value = check.text_or_default(&KEY_PREFIX);
    if value == "none" {
        return String::new();
    }
    if value.len() > 100 || !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        let what = format!("is {}, but must be up to 100 visible characters", shown(&value));
        check.fail(&KEY_PREFIX, &what);
    }
    value
}
