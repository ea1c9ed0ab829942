//! How much one client may ask for.

use clap::Args;

use super::check::Check;

/// Settings as given; an empty value counts as absent.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Limits")]
pub struct LimitSettings {
    /// Whether requests to the authentication are limited, per address and per
    /// account [default: true in production]
    #[arg(long, env = "AUTH_RATE_LIMIT", global = true)]
    pub auth_rate_limit: Option<String>,
}

impl LimitSettings {
    pub(super) fn check(self, check: &mut Check, production: bool) -> bool {
        check.switch("AUTH_RATE_LIMIT", self.auth_rate_limit, production)
    }
}
