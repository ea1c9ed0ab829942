//! better-auth's plugins: which sign-in methods and which checks a service has.

use crate::{
    anonymous, breach_check, captcha, device_authorization, email_otp, last_login_method,
    magic_link, multi_session, one_time_token, passkey, phone_number, siwe, two_factor, username,
};

/// A plugin of better-auth that the settings turn on, by better-auth's id.
///
/// The plugin `bearer` is always on, and `generic-oauth` with custom providers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "see better-auth's documentation of the plugin")]
pub enum Plugin {
    Anonymous,
    Captcha,
    DeviceAuthorization,
    EmailOtp,
    HaveIBeenPwned,
    LastLoginMethod,
    MagicLink,
    MultiSession,
    OauthPopup,
    OauthProxy,
    OneTap,
    OneTimeToken,
    Passkey,
    PhoneNumber,
    Siwe,
    TwoFactor,
    Username,
}

impl Plugin {
    /// All plugins, by id.
    pub const ALL: [Self; 17] = [
        Self::Anonymous,
        Self::Captcha,
        Self::DeviceAuthorization,
        Self::EmailOtp,
        Self::HaveIBeenPwned,
        Self::LastLoginMethod,
        Self::MagicLink,
        Self::MultiSession,
        Self::OauthPopup,
        Self::OauthProxy,
        Self::OneTap,
        Self::OneTimeToken,
        Self::Passkey,
        Self::PhoneNumber,
        Self::Siwe,
        Self::TwoFactor,
        Self::Username,
    ];

    /// better-auth's id.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Captcha => "captcha",
            Self::DeviceAuthorization => "device-authorization",
            Self::EmailOtp => "email-otp",
            Self::HaveIBeenPwned => "have-i-been-pwned",
            Self::LastLoginMethod => "last-login-method",
            Self::MagicLink => "magic-link",
            Self::MultiSession => "multi-session",
            Self::OauthPopup => "oauth-popup",
            Self::OauthProxy => "oauth-proxy",
            Self::OneTap => "one-tap",
            Self::OneTimeToken => "one-time-token",
            Self::Passkey => "passkey",
            Self::PhoneNumber => "phone-number",
            Self::Siwe => "siwe",
            Self::TwoFactor => "two-factor",
            Self::Username => "username",
        }
    }
}

/// The plugins that are on, and the settings of all.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "a section of settings for each plugin")]
pub struct Plugins {
    /// The plugins that are on. (`AUTH_PLUGINS`)
    pub on: Vec<Plugin>,
    pub anonymous: anonymous::Config,
    pub breach_check: breach_check::Config,
    pub captcha: captcha::Config,
    pub device_authorization: device_authorization::Config,
    pub email_otp: email_otp::Config,
    pub last_login_method: last_login_method::Config,
    pub magic_link: magic_link::Config,
    pub multi_session: multi_session::Config,
    pub one_time_token: one_time_token::Config,
    pub passkey: passkey::Config,
    pub phone_number: phone_number::Config,
    pub siwe: siwe::Config,
    pub two_factor: two_factor::Config,
    pub username: username::Config,
}

impl Plugins {
    /// Whether the word `all` turns `plugin` on: not if it asks a service of others, and no setting
    /// names that service.
    #[must_use]
    pub fn is_on_with_all(&self, plugin: Plugin) -> bool {
        match plugin {
            Plugin::Captcha => self.captcha.secret_key.is_some(),
            Plugin::HaveIBeenPwned => self.has(plugin),
            _ => true,
        }
    }

    /// Whether `plugin` is on.
    #[must_use]
    pub fn has(&self, plugin: Plugin) -> bool {
        self.on.contains(&plugin)
    }
}
