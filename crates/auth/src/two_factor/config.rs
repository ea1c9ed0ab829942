//! The settings of the plugin.

use chrono::TimeDelta;

/// Settings of the plugin `two-factor`.
#[derive(Clone, Debug)]
pub struct Config {
    /// The service's name in authenticator apps. (`AUTH_TWO_FACTOR_ISSUER`)
    pub issuer: String,
    /// Whether codes of authenticator apps are a second factor. (`AUTH_TWO_FACTOR_TOTP`)
    pub totp: bool,
    /// The digits of such a code. (`AUTH_TWO_FACTOR_DIGITS`)
    pub digits: u32,
    /// Seconds for which an app shows a code. (`AUTH_TWO_FACTOR_PERIOD`)
    pub period: u32,
    /// Whether users without a password need none to change their second factor.
    /// (`AUTH_TWO_FACTOR_ALLOW_PASSWORDLESS`)
    pub allow_passwordless: bool,
    /// Whether the second factor is on before its user gave a first code.
    /// (`AUTH_TWO_FACTOR_SKIP_VERIFICATION_ON_ENABLE`)
    pub skip_verification_on_enable: bool,
    /// Backup codes.
    pub backup_codes: BackupCodes,
    /// Codes that are sent to the user.
    pub otp: Otp,
    /// The lock of accounts; `None`: accounts are not locked. (`AUTH_TWO_FACTOR_ACCOUNT_LOCKOUT`)
    pub lockout: Option<Lockout>,
    /// How long a challenge can be answered. (`AUTH_TWO_FACTOR_COOKIE_MAX_AGE`)
    pub cookie_max_age: TimeDelta,
    /// How long a browser is a trusted device. (`AUTH_TWO_FACTOR_TRUST_DEVICE_MAX_AGE`)
    pub trust_device_max_age: TimeDelta,
    /// The page that asks for the second factor after a redirect of a provider or a mailed link;
    /// `None`: the page where the sign-in would have ended. (`AUTH_TWO_FACTOR_PAGE`)
    pub page: Option<String>,
}

/// Settings of backup codes.
#[derive(Clone, Copy, Debug)]
pub struct BackupCodes {
    /// How many codes a user gets. (`AUTH_TWO_FACTOR_BACKUP_CODES_AMOUNT`)
    pub amount: u32,
    /// The letters and digits of a code. (`AUTH_TWO_FACTOR_BACKUP_CODES_LENGTH`)
    pub length: u32,
    /// How they are stored. (`AUTH_TWO_FACTOR_STORE_BACKUP_CODES`)
    pub storage: Storage,
}

/// Settings of codes that are sent to the user.
#[derive(Clone, Copy, Debug)]
pub struct Otp {
    /// How they are sent. (`AUTH_TWO_FACTOR_OTP`)
    pub delivery: Delivery,
    /// The digits of a code. (`AUTH_TWO_FACTOR_OTP_DIGITS`)
    pub digits: u32,
    /// How long a code is valid. (`AUTH_TWO_FACTOR_OTP_PERIOD`)
    pub period: TimeDelta,
    /// How they are stored. (`AUTH_TWO_FACTOR_STORE_OTP`)
    pub storage: Storage,
    /// Wrong codes after which a new one must be requested. (`AUTH_TWO_FACTOR_OTP_ALLOWED_ATTEMPTS`)
    pub allowed_attempts: u32,
}

/// How codes are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// No codes are sent.
    Off,
    /// By mail.
    Mail,
    /// By SMS, to users with a verified phone number.
    Sms,
}

/// How codes are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// As they are.
    Plain,
    /// Hashed.
    Hashed,
    /// Encrypted under the service's secret.
    Encrypted,
}

/// The lock of an account after wrong codes.
#[derive(Clone, Copy, Debug)]
pub struct Lockout {
    /// Wrong codes in a row that lock the account. (`AUTH_TWO_FACTOR_MAX_FAILED_ATTEMPTS`)
    pub max_failed_attempts: u32,
    /// How long it is locked. (`AUTH_TWO_FACTOR_LOCKOUT_DURATION`)
    pub duration: TimeDelta,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            issuer: "Bookplate".to_owned(),
            totp: true,
            digits: 6,
            period: 30,
            allow_passwordless: false,
            skip_verification_on_enable: false,
            backup_codes: BackupCodes { amount: 10, length: 10, storage: Storage::Encrypted },
            otp: Otp {
                delivery: Delivery::Off,
                digits: 6,
                period: TimeDelta::minutes(3),
                storage: Storage::Encrypted,
                allowed_attempts: 5,
            },
            lockout: Some(Lockout { max_failed_attempts: 10, duration: TimeDelta::minutes(15) }),
            cookie_max_age: TimeDelta::minutes(10),
            trust_device_max_age: TimeDelta::days(30),
            page: None,
        }
    }
}
