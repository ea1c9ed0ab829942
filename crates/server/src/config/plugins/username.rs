//! The plugin `username`: sign-in with a user name.

use auth::username::Config;

use crate::config::{
    check::Check,
    setting::{Setting, settings},
};

settings! {
    "User names", "The plugin `username`: sign-in with a user name and a password.";
    MIN_LENGTH = Setting::integer(
        "AUTH_USERNAME_MIN_LENGTH", 3, (1, 100), "Minimum length of user names",
    );
    MAX_LENGTH = Setting::integer(
        "AUTH_USERNAME_MAX_LENGTH", 30, (1, 100), "Maximum length of user names",
    );
    VALIDATOR = Setting::text(
        "AUTH_USERNAME_VALIDATOR", "Regular expression of allowed user names",
    )
    .default("[a-zA-Z0-9_.]+")
    .details("It matches the whole name. Write `[0-9]` instead of `\\d`.");
    NORMALIZATION = Setting::switch(
        "AUTH_USERNAME_NORMALIZATION", true, "Whether user names are stored in lower case",
    )
    .details("If not, names that differ in case are different users.");
    ORDER = Setting::choice(
        "AUTH_USERNAME_VALIDATION_ORDER",
        "pre-normalization",
        &["pre-normalization", "post-normalization"],
        "Whether a name is checked as it was typed (pre-normalization) or in lower case (post-normalization)",
    );
    DISPLAY = Setting::switch(
        "AUTH_USERNAME_DISPLAY_USERNAME", true, "Whether users have a display form of their name",
    );
    DISPLAY_VALIDATOR = Setting::text(
        "AUTH_USERNAME_DISPLAY_VALIDATOR", "Regular expression of allowed display forms",
    )
    .example("[a-zA-Z0-9_. ]+");
    IMMUTABLE = Setting::switch(
        "AUTH_USERNAME_IMMUTABLE", false, "Whether a user with a user name keeps it",
    );
}

pub(super) fn check(check: &mut Check) -> Config {
    let defaults = Config::default();
    let (min_length, max_length) = (check.integer(&MIN_LENGTH), check.integer(&MAX_LENGTH));
    if min_length > max_length {
        let what = format!("is {max_length}, less than AUTH_USERNAME_MIN_LENGTH");
        check.fail(&MAX_LENGTH, &what);
    }
    Config {
        min_length: min_length as usize,
        max_length: max_length as usize,
        validator: check.parsed(&VALIDATOR).unwrap_or(defaults.validator),
        normalizes: check.switch(&NORMALIZATION),
        validates_normalized: check.choice(&ORDER, [false, true]).unwrap_or_default(),
        has_display: check.switch(&DISPLAY),
        display_validator: check.parsed(&DISPLAY_VALIDATOR),
        immutable: check.switch(&IMMUTABLE),
    }
}
