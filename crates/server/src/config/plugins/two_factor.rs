//! Settings of the plugin `two-factor`.

use auth::two_factor::{BackupCodes, Config, Delivery, Lockout, Otp, Storage};

use crate::config::{
    check::{Check, shown},
    setting::{Setting, settings},
};

settings! {
    "Second factor", "The plugin `two-factor`: a second step of signing in.";
    ISSUER = Setting::text("AUTH_TWO_FACTOR_ISSUER", "Name of the service in authenticator apps")
        .default("Bookplate");
    TOTP = Setting::switch(
        "AUTH_TWO_FACTOR_TOTP", true, "Whether codes of authenticator apps are a second factor",
    );
    DIGITS = Setting::integer(
        "AUTH_TWO_FACTOR_DIGITS", 6, (6, 8), "Digits of a code of an authenticator app",
    )
    .details("Many apps only show six.");
    PERIOD = Setting::integer(
        "AUTH_TWO_FACTOR_PERIOD",
        30,
        (10, 300),
        "Seconds for which an authenticator app shows a code",
    );
    ALLOW_PASSWORDLESS = Setting::switch(
        "AUTH_TWO_FACTOR_ALLOW_PASSWORDLESS",
        false,
        "Whether users without a password may change their second factor without one",
    );
    SKIP_VERIFICATION = Setting::switch(
        "AUTH_TWO_FACTOR_SKIP_VERIFICATION_ON_ENABLE",
        false,
        "Whether the second factor is on before its user gave a first code",
    );
    BACKUP_CODES_AMOUNT = Setting::integer(
        "AUTH_TWO_FACTOR_BACKUP_CODES_AMOUNT", 10, (1, 100), "How many backup codes a user gets",
    );
    BACKUP_CODES_LENGTH = Setting::integer(
        "AUTH_TWO_FACTOR_BACKUP_CODES_LENGTH", 10, (8, 32), "Characters of a backup code",
    );
    STORE_BACKUP_CODES = Setting::choice(
        "AUTH_TWO_FACTOR_STORE_BACKUP_CODES",
        "encrypted",
        &["encrypted", "hashed", "plain"],
        "How backup codes are stored: encrypted, hashed or plain",
    )
    .details("A Node better-auth server that shares the database cannot read hashed ones.");
    OTP = Setting::choice(
        "AUTH_TWO_FACTOR_OTP",
        "off",
        &["off", "mail", "sms"],
        "How codes are sent to users as a second factor: off, mail or sms",
    )
    .details(
        "With mail, a person who reads a user's mails can reset the password and give the second \
         factor. SMS are sent to users with a verified phone number.",
    );
    OTP_DIGITS = Setting::integer(
        "AUTH_TWO_FACTOR_OTP_DIGITS", 6, (6, 12), "Digits of a code that is sent",
    );
    OTP_PERIOD = Setting::seconds(
        "AUTH_TWO_FACTOR_OTP_PERIOD", 180, 30, "Seconds for which a code that was sent is valid",
    )
    .details("better-auth counts minutes.");
    STORE_OTP = Setting::choice(
        "AUTH_TWO_FACTOR_STORE_OTP",
        "encrypted",
        &["encrypted", "hashed", "plain"],
        "How codes that were sent are stored: encrypted, hashed or plain",
    );
    OTP_ATTEMPTS = Setting::integer(
        "AUTH_TWO_FACTOR_OTP_ALLOWED_ATTEMPTS",
        5,
        (1, 10),
        "Wrong codes after which a new one must be requested",
    );
    LOCKOUT = Setting::switch(
        "AUTH_TWO_FACTOR_ACCOUNT_LOCKOUT",
        true,
        "Whether wrong codes lock the second step of an account for a time",
    );
    MAX_FAILED_ATTEMPTS = Setting::integer(
        "AUTH_TWO_FACTOR_MAX_FAILED_ATTEMPTS",
        10,
        (1, 1_000),
        "Wrong codes in a row that lock an account",
    );
    LOCKOUT_DURATION = Setting::seconds(
        "AUTH_TWO_FACTOR_LOCKOUT_DURATION", 900, 1, "Seconds for which an account is locked",
    );
    COOKIE_MAX_AGE = Setting::seconds(
        "AUTH_TWO_FACTOR_COOKIE_MAX_AGE",
        600,
        1,
        "Seconds in which the second step must follow the first",
    );
    TRUST_DEVICE_MAX_AGE = Setting::seconds(
        "AUTH_TWO_FACTOR_TRUST_DEVICE_MAX_AGE",
        2_592_000,
        1,
        "Seconds for which a trusted device needs no second factor, from its last sign-in",
    );
    PAGE = Setting::text(
        "AUTH_TWO_FACTOR_PAGE",
        "Page that asks for the second factor after a sign-in with a provider or a mailed link",
    )
    .example("/two-factor")
    .details(
        "Without it, the browser is led to the page after the sign-in, with twoFactorRedirect=true \
         in the query.",
    );
}

pub(super) fn check(check: &mut Check) -> Config {
    let lockout = Lockout {
        max_failed_attempts: check.integer(&MAX_FAILED_ATTEMPTS),
        duration: check.seconds(&LOCKOUT_DURATION),
    };
    let delivery = check.choice(&OTP, [Delivery::Off, Delivery::Mail, Delivery::Sms]);
    Config {
        issuer: issuer(check),
        totp: check.switch(&TOTP),
        digits: check.integer(&DIGITS),
        period: check.integer(&PERIOD),
        allow_passwordless: check.switch(&ALLOW_PASSWORDLESS),
        skip_verification_on_enable: check.switch(&SKIP_VERIFICATION),
        backup_codes: BackupCodes {
            amount: check.integer(&BACKUP_CODES_AMOUNT),
            length: check.integer(&BACKUP_CODES_LENGTH),
            storage: storage(check, &STORE_BACKUP_CODES),
        },
        otp: Otp {
            delivery: delivery.unwrap_or(Delivery::Off),
            digits: check.integer(&OTP_DIGITS),
            period: check.seconds(&OTP_PERIOD),
            storage: storage(check, &STORE_OTP),
            allowed_attempts: check.integer(&OTP_ATTEMPTS),
        },
        lockout: check.switch(&LOCKOUT).then_some(lockout),
        cookie_max_age: check.seconds(&COOKIE_MAX_AGE),
        trust_device_max_age: check.seconds(&TRUST_DEVICE_MAX_AGE),
        page: page(check),
    }
}

fn storage(check: &mut Check, setting: &Setting) -> Storage {
    let known = [Storage::Encrypted, Storage::Hashed, Storage::Plain];
    check.choice(setting, known).unwrap_or(Storage::Encrypted)
}

/// A short name on one line. A colon separates it from the account in some apps.
fn issuer(check: &mut Check) -> String {
    let name = check.text_or_default(&ISSUER).trim().to_owned();
    let is_odd = |c: char| c.is_control() || c == ':';
    if name.is_empty() || name.chars().count() > 60 || name.chars().any(is_odd) {
        let what =
            format!("is {}, but must be one line of 60 characters without a colon", shown(&name));
        check.fail(&ISSUER, &what);
    }
    name
}

/// A path of this server, or the URL of a page.
fn page(check: &mut Check) -> Option<String> {
    let page = check.text(&PAGE)?.trim().to_owned();
    let is_path = page.starts_with('/') && !page.starts_with("//") && !page.contains('\\');
    let is_url = page.starts_with("https://") || page.starts_with("http://");
    if !(is_path || is_url) || page.contains(char::is_whitespace) {
        let what = format!("is {}, but must be a path or the URL of a page", shown(&page));
        check.fail(&PAGE, &what);
    }
    Some(page)
}
