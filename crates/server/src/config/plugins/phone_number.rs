//! The plugin `phone-number`: sign-in with a phone number, and codes by SMS.

use auth::phone_number::Config;

use crate::config::{
    check::{Check, shown},
    setting::{Setting, settings},
};

settings! {
    "Phone numbers", "The plugin `phone-number`: sign-in with a phone number, and codes by SMS.";
    OTP_LENGTH = Setting::integer(
        "AUTH_PHONE_NUMBER_OTP_LENGTH", 6, (6, 12), "Number of digits of a code",
    );
    EXPIRES_IN = Setting::seconds(
        "AUTH_PHONE_NUMBER_EXPIRES_IN", 300, 30, "Seconds for which a code is valid",
    );
    ALLOWED_ATTEMPTS = Setting::integer(
        "AUTH_PHONE_NUMBER_ALLOWED_ATTEMPTS", 3, (1, 10), "Number of wrong codes that end a code",
    );
    REQUIRE_VERIFICATION = Setting::switch(
        "AUTH_PHONE_NUMBER_REQUIRE_VERIFICATION",
        false,
        "Whether a number must be verified before it signs in with a password",
    );
    SIGN_UP = Setting::switch(
        "AUTH_PHONE_NUMBER_SIGN_UP_ON_VERIFICATION",
        false,
        "Whether the right code for an unknown number signs up",
    );
    TEMP_EMAIL = Setting::text(
        "AUTH_PHONE_NUMBER_TEMP_EMAIL", "Address of a user who signs up with a number",
    )
    .default("{digits}@phone-number.placeholder.invalid")
    .details("`{digits}` are those of the number. Mails to `.invalid` are not sent.");
    TEMP_NAME = Setting::text(
        "AUTH_PHONE_NUMBER_TEMP_NAME", "Name of a user who signs up with a number",
    )
    .default("User {end}")
    .details(
        "`{end}` is the end of the number, `{phoneNumber}` all of it, which better-auth uses as \
         name. Other users see names.",
    );
    VALIDATOR = Setting::text(
        "AUTH_PHONE_NUMBER_VALIDATOR", "Regular expression of allowed numbers",
    )
    .default("\\+[1-9][0-9]{6,14}")
    .details(
        "It matches the whole number. Other spellings of a number are other numbers, with limits \
         of their own. Write `[0-9]` instead of `\\d`.",
    );
}

pub(super) fn check(check: &mut Check) -> Config {
    let defaults = Config::default();
    let config = Config {
        otp_length: check.integer(&OTP_LENGTH) as usize,
        expires_in: check.seconds(&EXPIRES_IN),
        allowed_attempts: check.integer(&ALLOWED_ATTEMPTS),
        require_verification: check.switch(&REQUIRE_VERIFICATION),
        sign_up: check.switch(&SIGN_UP),
        temp_email: check.text_or_default(&TEMP_EMAIL),
        temp_name: check.text_or_default(&TEMP_NAME),
        validator: check.parsed(&VALIDATOR).unwrap_or(defaults.validator),
    };
    if !config.has_valid_temp_email() {
        let shown = shown(&config.temp_email);
        check.fail(&TEMP_EMAIL, &format!("is {shown}, but must be an address with {{digits}}"));
    }
    if !config.has_valid_temp_name() {
        let shown = shown(&config.temp_name);
        check.fail(&TEMP_NAME, &format!("is {shown}, which makes no name that users may have"));
    }
    config
}
