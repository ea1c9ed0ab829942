//! The settings of the plugin.

use chrono::TimeDelta;

/// Settings of the plugin `anonymous`.
#[derive(Clone, Debug)]
pub struct Config {
    /// The domain of guests' placeholder addresses; `None`: `anonymous.placeholder.invalid`.
    /// (`AUTH_ANONYMOUS_EMAIL_DOMAIN_NAME`)
    pub email_domain_name: Option<String>,
    /// The name of guests. (`AUTH_ANONYMOUS_GENERATE_NAME`)
    pub name: String,
    /// Whether guests can neither delete themselves nor are deleted when they sign in.
    /// (`AUTH_ANONYMOUS_DISABLE_DELETE_ANONYMOUS_USER`)
    pub disable_delete: bool,
    /// How long after their creation guests are deleted who own nothing and have no session;
    /// `None`: never. (`AUTH_ANONYMOUS_SWEEP_AFTER`)
    pub sweep_after: Option<TimeDelta>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            email_domain_name: None,
            name: "Anonymous".to_owned(),
            disable_delete: false,
            sweep_after: Some(TimeDelta::days(30)),
        }
    }
}

/// better-auth's domain of placeholder addresses.
const PLACEHOLDER_DOMAIN: &str = "anonymous.placeholder.invalid";

/// Patterns of `LIKE` for placeholder addresses, without a domain and with any: the setting may
/// have been another one when a guest was created. A random text has 32 characters.
pub(super) const PLACEHOLDERS: [&str; 2] =
    ["%@anonymous.placeholder.invalid", "temp-________________________________@%"];

impl Config {
    /// The placeholder address of the guest with this random text.
    pub(super) fn address(&self, random: &str) -> String {
        let address = match &self.email_domain_name {
            Some(domain) => format!("temp-{random}@{domain}"),
            None => format!("{random}@{PLACEHOLDER_DOMAIN}"),
        };
        address.to_lowercase()
    }
}
