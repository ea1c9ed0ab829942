//! Sessions.

use auth::session::{self, CacheFormat};

use super::{
    check::Check,
    setting::{Setting, settings},
};

settings! {
    "Sessions", "How long sessions last, and how requests present them.";
    EXPIRES_IN = Setting::seconds(
        "AUTH_SESSION_EXPIRES_IN", 604_800, 1, "Seconds until an unused session ends",
    );
    UPDATE_AGE = Setting::seconds(
        "AUTH_SESSION_UPDATE_AGE", 86_400, 0, "Seconds after which a used session is extended",
    );
    FRESH_AGE = Setting::seconds(
        "AUTH_SESSION_FRESH_AGE",
        86_400,
        0,
        "Seconds after signing in for which a session may perform sensitive actions; 0 is no limit",
    )
    .details("Sensitive actions are listing sessions, changing the address or the phone number, unlinking an account, and deleting the account without its password.");
    DISABLE_REFRESH = Setting::switch(
        "AUTH_DISABLE_SESSION_REFRESH", false, "Whether use does not extend sessions",
    );
    MAX_SESSIONS = Setting::integer(
        "AUTH_MAX_SESSIONS",
        100,
        (1, 1_000),
        "Sessions of one user; one more ends the session that would expire first",
    );
    COOKIE_CACHE = Setting::choice(
        "AUTH_COOKIE_CACHE",
        "off",
        &["off", "compact", "jwt", "jwe"],
        "Whether get-session may answer from a cookie: off, compact, jwt or jwe",
    );
    COOKIE_CACHE_MAX_AGE = Setting::seconds(
        "AUTH_COOKIE_CACHE_MAX_AGE", 300, 1, "Seconds for which that cookie is valid",
    );
    COOKIE_CACHE_VERSION = Setting::text(
        "AUTH_COOKIE_CACHE_VERSION", "Version of that cookie; changing it invalidates all of them",
    )
    .default("1");
    BEARER_REQUIRE_SIGNATURE = Setting::switch(
        "AUTH_BEARER_REQUIRE_SIGNATURE",
        true,
        "Whether `Authorization: Bearer` requires the signed token of the header set-auth-token",
    )
    .details("The raw token is stored in the database; the signed one is not.");
}

pub(super) fn check(check: &mut Check) -> session::Config {
    let formats =
        [None, Some(CacheFormat::Compact), Some(CacheFormat::Jwt), Some(CacheFormat::Jwe)];
    let format = check.choice(&COOKIE_CACHE, formats).flatten();
    let max_age = check.seconds(&COOKIE_CACHE_MAX_AGE);
    let version = check.text_or_default(&COOKIE_CACHE_VERSION);
    session::Config {
        expires_in: check.seconds(&EXPIRES_IN),
        update_age: check.seconds(&UPDATE_AGE),
        fresh_age: check.seconds(&FRESH_AGE),
        refresh: !check.switch(&DISABLE_REFRESH),
        max_per_user: check.integer(&MAX_SESSIONS),
        cache: format.map(|format| session::Cache { format, max_age, version }),
        bearer_requires_signature: check.switch(&BEARER_REQUIRE_SIGNATURE),
    }
}
