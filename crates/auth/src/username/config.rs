//! The settings of the plugin.

use crate::text_rule::TextRule;

/// Settings of the plugin.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting")]
pub struct Config {
    /// The minimum length in UTF-16 units, as JavaScript counts. (`AUTH_USERNAME_MIN_LENGTH`)
    pub min_length: usize,
    /// The maximum length in UTF-16 units. (`AUTH_USERNAME_MAX_LENGTH`)
    pub max_length: usize,
    /// The allowed user names. (`AUTH_USERNAME_VALIDATOR`)
    pub validator: TextRule,
    /// Whether names are stored in lower case. (`AUTH_USERNAME_NORMALIZATION`)
    pub normalizes: bool,
    /// Whether names are checked in lower case, not as they were typed.
    /// (`AUTH_USERNAME_VALIDATION_ORDER`)
    pub validates_normalized: bool,
    /// Whether users have a display form of their name. (`AUTH_USERNAME_DISPLAY_USERNAME`)
    pub has_display: bool,
    /// The allowed display forms. (`AUTH_USERNAME_DISPLAY_VALIDATOR`)
    pub display_validator: Option<TextRule>,
    /// Whether a user with a name keeps it. (`AUTH_USERNAME_IMMUTABLE`)
    pub immutable: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            min_length: 3,
            max_length: 30,
            validator: TextRule::constant("[a-zA-Z0-9_.]+"),
            normalizes: true,
            validates_normalized: false,
            has_display: true,
            display_validator: None,
            immutable: false,
        }
    }
}
