//! The settings of the plugin.

use chrono::TimeDelta;

use crate::{extract::email, text_rule::TextRule};

/// Settings of the plugin.
#[derive(Clone, Debug)]
pub struct Config {
    /// The number of digits of a code. (`AUTH_PHONE_NUMBER_OTP_LENGTH`)
    pub otp_length: usize,
    /// How long a code is valid. (`AUTH_PHONE_NUMBER_EXPIRES_IN`)
    pub expires_in: TimeDelta,
    /// How many wrong codes end a code. (`AUTH_PHONE_NUMBER_ALLOWED_ATTEMPTS`)
    pub allowed_attempts: u32,
    /// Whether a number must be verified before it signs in with a password.
    /// (`AUTH_PHONE_NUMBER_REQUIRE_VERIFICATION`)
    pub require_verification: bool,
    /// Whether the right code for an unknown number signs up.
    /// (`AUTH_PHONE_NUMBER_SIGN_UP_ON_VERIFICATION`)
    pub sign_up: bool,
    /// The address of a user who signs up with a number, a template.
    /// (`AUTH_PHONE_NUMBER_TEMP_EMAIL`)
    pub temp_email: String,
    /// The name of a user who signs up with a number, a template.
    /// (`AUTH_PHONE_NUMBER_TEMP_NAME`)
    pub temp_name: String,
    /// The allowed numbers. (`AUTH_PHONE_NUMBER_VALIDATOR`)
    pub validator: TextRule,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            otp_length: 6,
            expires_in: TimeDelta::minutes(5),
            allowed_attempts: 3,
            require_verification: false,
            sign_up: false,
            temp_email: "{digits}@phone-number.placeholder.invalid".to_owned(),
            temp_name: "User {end}".to_owned(),
            validator: TextRule::constant(r"\+[1-9][0-9]{6,14}"),
        }
    }
}

impl Config {
    /// Whether the template of addresses makes an address of each number.
    #[must_use]
    pub fn has_valid_temp_email(&self) -> bool {
        let names_number =
            ["{digits}", "{phoneNumber}"].iter().any(|it| self.temp_email.contains(it));
        names_number && email::normalize(&filled(&self.temp_email, "+15550001111")).is_some()
    }

    /// Whether the template of names makes a name of each number.
    #[must_use]
    pub fn has_valid_temp_name(&self) -> bool {
        domain::name::error_in(&self.temp_name("+15550001111")).is_none()
    }

    /// In lower case.
    pub(super) fn temp_email(&self, number: &str) -> String {
        filled(&self.temp_email, number).to_lowercase()
    }

    pub(super) fn temp_name(&self, number: &str) -> String {
        filled(&self.temp_name, number)
    }
}

/// Fills a template: `{phoneNumber}`, `{digits}` of it, and `{end}`, its last two digits.
fn filled(template: &str, number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let end = digits.get(digits.len().saturating_sub(2)..).unwrap_or_default();
    template.replace("{phoneNumber}", number).replace("{digits}", &digits).replace("{end}", end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_filled_with_the_number() {
        let config = Config::default();
        assert_eq!(config.temp_email("+4930123456"), "4930123456@phone-number.placeholder.invalid");
        assert_eq!(config.temp_name("+4930123456"), "User 56");
        assert!(config.has_valid_temp_email() && config.has_valid_temp_name());
        let fixed = Config { temp_email: "all@books.org".to_owned(), ..Config::default() };
        assert!(!fixed.has_valid_temp_email());
    }

    #[test]
    fn numbers_are_those_of_e_164() {
        for (number, allowed) in [
            ("+4930123456", true),
            ("+1234567", true),
            ("+123456", false),
            ("+1234567890123456", false),
            ("030123456", false),
            ("+0301234567", false),
            ("+49 30 123456", false),
            ("", false),
        ] {
            assert_eq!(Config::default().validator.allows(number), allowed, "{number}");
        }
    }
}
