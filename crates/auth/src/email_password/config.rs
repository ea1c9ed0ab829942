//! The settings of sign-up, sign-in and password reset.

use chrono::TimeDelta;

/// Settings of sign-up, sign-in and password reset.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting")]
pub struct Config {
    /// Whether sign-up is open: with a password and by every plugin. Providers have settings of
    /// their own. (`AUTH_DISABLE_SIGN_UP`)
    pub sign_up: bool,
    /// Whether sign-up signs the user in. (`AUTH_AUTO_SIGN_IN`)
    pub auto_sign_in: bool,
    /// Whether a user must verify their address before they can sign in.
    /// (`AUTH_REQUIRE_EMAIL_VERIFICATION`)
    pub require_verification: bool,
    /// How long a link to reset a password is valid. (`AUTH_RESET_EXPIRES_IN`)
    pub reset_expires_in: TimeDelta,
    /// Whether a password reset ends all sessions of its user.
    /// (`AUTH_REVOKE_SESSIONS_ON_RESET`)
    pub revoke_sessions_on_reset: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            sign_up: true,
            auto_sign_in: true,
            require_verification: false,
            reset_expires_in: TimeDelta::hours(1),
            revoke_sessions_on_reset: true,
        }
    }
}

impl Config {
    /// Whether sign-up must not reveal that an address is taken.
    pub(crate) fn conceals_existing_users(&self) -> bool {
        self.require_verification || !self.auto_sign_in
    }
}
