//! Settings of the plugin.

use auth::email_otp::{Config, ResendStrategy, StoreOtp};

use crate::config::{
    check::Check,
    setting::{Setting, settings},
};

settings! {
    "Mailed codes", "Signing in, verification and password reset with a mailed code: better-auth's \
     plugin email-otp.";
    OTP_LENGTH = Setting::integer(
        "AUTH_EMAIL_OTP_OTP_LENGTH", 6, (4, 12), "Number of digits of a code",
    );
    EXPIRES_IN = Setting::seconds(
        "AUTH_EMAIL_OTP_EXPIRES_IN", 300, 1, "Seconds for which a code is valid",
    );
    ALLOWED_ATTEMPTS = Setting::integer(
        "AUTH_EMAIL_OTP_ALLOWED_ATTEMPTS", 3, (1, 100), "Number of wrong codes that end a code",
    );
    DISABLE_SIGN_UP = Setting::switch(
        "AUTH_EMAIL_OTP_DISABLE_SIGN_UP", false, "Whether a code signs in existing users only",
    );
    SEND_VERIFICATION_ON_SIGN_UP = Setting::switch(
        "AUTH_EMAIL_OTP_SEND_VERIFICATION_ON_SIGN_UP",
        false,
        "Whether signing up mails a code that verifies the address",
    );
    OVERRIDE_DEFAULT_EMAIL_VERIFICATION = Setting::switch(
        "AUTH_EMAIL_OTP_OVERRIDE_DEFAULT_EMAIL_VERIFICATION",
        false,
        "Whether codes replace the links that verify an address",
    );
    STORE_OTP = Setting::choice(
        "AUTH_EMAIL_OTP_STORE_OTP",
        "plain",
        &["plain", "hashed", "encrypted"],
        "How codes are stored: plain, hashed or encrypted",
    )
    .details("A hashed code of few digits can be found by trying all; encrypted is stronger.");
    RESEND_STRATEGY = Setting::choice(
        "AUTH_EMAIL_OTP_RESEND_STRATEGY",
        "rotate",
        &["rotate", "reuse"],
        "What a further request mails while a code is valid: another code (rotate) or the same (reuse)",
    )
    .details("A hashed code cannot be mailed again.");
    CHANGE_EMAIL = Setting::switch(
        "AUTH_EMAIL_OTP_CHANGE_EMAIL", false, "Whether users may change their address with a code",
    );
    VERIFY_CURRENT_EMAIL = Setting::switch(
        "AUTH_EMAIL_OTP_VERIFY_CURRENT_EMAIL",
        false,
        "Whether changing the address requires a code of the current address, too",
    );
}

pub(super) fn check(check: &mut Check) -> Config {
    let stored = [StoreOtp::Plain, StoreOtp::Hashed, StoreOtp::Encrypted];
    let strategies = [ResendStrategy::Rotate, ResendStrategy::Reuse];
    Config {
        otp_length: check.integer(&OTP_LENGTH) as usize,
        expires_in: check.seconds(&EXPIRES_IN),
        allowed_attempts: check.integer(&ALLOWED_ATTEMPTS),
        disable_sign_up: check.switch(&DISABLE_SIGN_UP),
        send_verification_on_sign_up: check.switch(&SEND_VERIFICATION_ON_SIGN_UP),
        override_default_email_verification: check.switch(&OVERRIDE_DEFAULT_EMAIL_VERIFICATION),
        store_otp: check.choice(&STORE_OTP, stored).unwrap_or_default(),
        resend_strategy: check.choice(&RESEND_STRATEGY, strategies).unwrap_or_default(),
        change_email: check.switch(&CHANGE_EMAIL),
        verify_current_email: check.switch(&VERIFY_CURRENT_EMAIL),
    }
}
