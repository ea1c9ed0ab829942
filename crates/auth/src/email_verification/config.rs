//! The settings of e-mail verification.

use chrono::TimeDelta;

/// When verification links are mailed, and what they do.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Whether sign-up mails the link. (`AUTH_SEND_VERIFICATION_ON_SIGN_UP`)
    pub send_on_sign_up: bool,
    /// Whether a sign-in that is refused for an unverified address mails the link again.
    /// (`AUTH_SEND_VERIFICATION_ON_SIGN_IN`)
    pub send_on_sign_in: bool,
    /// Whether the link signs the user in, once, after they press the button of its page.
    /// (`AUTH_AUTO_SIGN_IN_AFTER_VERIFICATION`)
    pub auto_sign_in: bool,
    /// How long the link is valid. (`AUTH_VERIFICATION_EXPIRES_IN`)
    pub expires_in: TimeDelta,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            send_on_sign_up: false,
            send_on_sign_in: false,
            auto_sign_in: false,
            expires_in: TimeDelta::hours(1),
        }
    }
}
