//! Rate limits of the authentication.

use auth::limit::{Config, Storage};

use super::{
    check::Check,
    setting::{Setting, settings},
};

settings! {
    "Rate limits", "How many requests one client may send to the authentication.";
    RATE_LIMIT = Setting::switch(
        "AUTH_RATE_LIMIT",
        true,
        "Whether requests to the authentication are limited, per address and per account",
    )
    .computed("true in production")
    .details(
        "Limits requests per address; wrong passwords per address, account, session and known \
         device; and mails per recipient and kind.",
    );
    STORAGE = Setting::choice(
        "AUTH_RATE_LIMIT_STORAGE",
        "",
        &["memory", "database", "redis"],
        "Where requests are counted: memory, or for all processes together database or redis",
    )
    .computed("redis with `REDIS_URL`, otherwise memory");
    WINDOW = Setting::integer(
        "AUTH_RATE_LIMIT_WINDOW",
        10,
        (1, 86_400),
        "Seconds in which one address may send `AUTH_RATE_LIMIT_MAX` requests to one route",
    )
    .details("Routes that sign in or send mails have stricter limits.");
    MAX = Setting::integer(
        "AUTH_RATE_LIMIT_MAX",
        100,
        (1, 1_000_000),
        "Requests of one address to one route in `AUTH_RATE_LIMIT_WINDOW` seconds",
    );
}

/// `strict` is whether other hosts can reach the server.
pub(super) fn check(check: &mut Check, strict: bool, has_redis: bool) -> Config {
    let on = check.switch_or(&RATE_LIMIT, strict);
    let storage = check.choice(&STORAGE, [Storage::Memory, Storage::Database, Storage::Redis]);
    if storage == Some(Storage::Redis) && !has_redis {
        check.fail_with_example(&STORAGE, "is redis, which needs REDIS_URL", "database");
    }
    let default = if has_redis { Storage::Redis } else { Storage::Memory };
    Config {
        on,
        storage: storage.unwrap_or(default),
        window: check.seconds(&WINDOW),
        max: check.integer(&MAX),
    }
}
