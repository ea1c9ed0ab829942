//! The settings of the plugin.

use url::Url;

/// Settings of the plugin `have-i-been-pwned`.
#[derive(Clone, Debug)]
pub struct Config {
    /// The URL before the first five digits of a hash. (`AUTH_PASSWORD_BREACH_CHECK_URL`)
    pub url: Url,
    /// Whether a password is refused that cannot be checked, because the service fails.
    /// (`AUTH_PASSWORD_BREACH_CHECK_FAIL`)
    pub fails_closed: bool,
}

/// The service of Have I Been Pwned.
pub const DEFAULT_URL: &str = "https://api.pwnedpasswords.com/range/";

impl Default for Config {
    fn default() -> Self {
        #[expect(clippy::expect_used, reason = "a constant")]
        let url = Url::parse(DEFAULT_URL).expect("a valid URL");
        Self { url, fails_closed: false }
    }
}
