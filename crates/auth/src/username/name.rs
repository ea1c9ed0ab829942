//! The rules of user names.

use super::{
    config::Config,
    error::{INVALID_DISPLAY_USERNAME, INVALID_USERNAME, USERNAME_TOO_LONG, USERNAME_TOO_SHORT},
};
use crate::error_code::ErrorCode;

/// The maximum length of a display form in characters.
pub(super) const MAX_DISPLAY_LEN: usize = 300;

/// Returns the stored form of a name that follows the rules.
pub(super) fn checked(config: &Config, name: &str) -> Result<String, ErrorCode> {
    let normal = normalized(config, name);
    let tried = if config.validates_normalized { normal.as_str() } else { name };
    let length = tried.encode_utf16().count();
    if length < config.min_length {
        return Err(USERNAME_TOO_SHORT);
    }
    if length > config.max_length {
        return Err(USERNAME_TOO_LONG);
    }
    // PostgreSQL cannot store U+0000.
    if !config.validator.allows(tried) || name.contains('\0') {
        return Err(INVALID_USERNAME);
    }
    Ok(normal)
}

fn normalized(config: &Config, name: &str) -> String {
    if config.normalizes { name.to_lowercase() } else { name.to_owned() }
}

/// Refuses a display form that no other user should see.
pub(super) fn check_display(config: &Config, display: &str) -> Result<(), ErrorCode> {
    let allowed = config.display_validator.as_ref().is_none_or(|rule| rule.allows(display));
    let is_readable = display.is_empty() || domain::name::error_in(display).is_none();
    let fits = display.chars().count() <= MAX_DISPLAY_LEN;
    if allowed && is_readable && fits { Ok(()) } else { Err(INVALID_DISPLAY_USERNAME) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_better_auths_rules() {
        let config = Config::default();
        for (name, expected) in [
            ("Ann", Ok("ann")),
            ("a_n.n9", Ok("a_n.n9")),
            ("an", Err("USERNAME_TOO_SHORT")),
            ("", Err("USERNAME_TOO_SHORT")),
            (&"a".repeat(30), Ok(&*"a".repeat(30))),
            (&"a".repeat(31), Err("USERNAME_TOO_LONG")),
            ("änn", Err("INVALID_USERNAME")),
            ("ann smith", Err("INVALID_USERNAME")),
            ("ann\n", Err("INVALID_USERNAME")),
            // The Kelvin sign, whose lower case is k.
            ("\u{212a}im", Err("INVALID_USERNAME")),
        ] {
            let checked = checked(&config, name).map_err(|code| code.name);
            assert_eq!(checked.as_deref().map_err(|name| *name), expected, "{name:?}");
        }
    }

    #[test]
    fn the_order_of_check_and_lower_case_is_a_setting() {
        let lower = Config { validator: TextRule::constant("[a-z]+"), ..Config::default() };
        assert!(checked(&lower, "Ann").is_err());
        let after = Config { validates_normalized: true, ..lower.clone() };
        assert_eq!(checked(&after, "Ann").ok().as_deref(), Some("ann"));
        let exact = Config { normalizes: false, ..Config::default() };
        assert_eq!(checked(&exact, "Ann").ok().as_deref(), Some("Ann"));
    }

    use crate::text_rule::TextRule;
}
