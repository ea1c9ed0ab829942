//! The settings of the plugin.

use chrono::TimeDelta;

/// Settings of the plugin.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting")]
pub struct Config {
    /// The number of digits. (`AUTH_EMAIL_OTP_OTP_LENGTH`)
    pub otp_length: usize,
    /// How long a code is valid. (`AUTH_EMAIL_OTP_EXPIRES_IN`)
    pub expires_in: TimeDelta,
    /// How many wrong codes end a code. (`AUTH_EMAIL_OTP_ALLOWED_ATTEMPTS`)
    pub allowed_attempts: u32,
    /// Whether a code signs in existing users only. (`AUTH_EMAIL_OTP_DISABLE_SIGN_UP`)
    pub disable_sign_up: bool,
    /// Whether sign-up mails a code that verifies the address.
    /// (`AUTH_EMAIL_OTP_SEND_VERIFICATION_ON_SIGN_UP`)
    pub send_verification_on_sign_up: bool,
    /// Whether codes replace the links that verify an address.
    /// (`AUTH_EMAIL_OTP_OVERRIDE_DEFAULT_EMAIL_VERIFICATION`)
    pub override_default_email_verification: bool,
    /// How codes are stored. (`AUTH_EMAIL_OTP_STORE_OTP`)
    pub store_otp: StoreOtp,
    /// What a further request mails. (`AUTH_EMAIL_OTP_RESEND_STRATEGY`)
    pub resend_strategy: ResendStrategy,
    /// Whether a code changes the address. (`AUTH_EMAIL_OTP_CHANGE_EMAIL`)
    pub change_email: bool,
    /// Whether a change requires a code of the current address, too.
    /// (`AUTH_EMAIL_OTP_VERIFY_CURRENT_EMAIL`)
    pub verify_current_email: bool,
}

/// How codes are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StoreOtp {
    /// As they are.
    #[default]
    Plain,
    /// Their SHA-256. A stolen one is found by trying all codes.
    Hashed,
    /// Encrypted with the service's secret.
    Encrypted,
}

/// What a further request mails while a code is valid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResendStrategy {
    /// Another code, which replaces the first one.
    #[default]
    Rotate,
    /// The same code, which is valid for longer. A hashed code is replaced.
    Reuse,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            otp_length: 6,
            expires_in: TimeDelta::minutes(5),
            allowed_attempts: 3,
            disable_sign_up: false,
            send_verification_on_sign_up: false,
            override_default_email_verification: false,
            store_otp: StoreOtp::default(),
            resend_strategy: ResendStrategy::default(),
            change_email: false,
            verify_current_email: false,
        }
    }
}
