//! The settings of the plugin.

use serde::Serialize;

/// Settings of the plugin.
#[derive(Clone, Debug)]
pub struct Config {
    /// The host for which passkeys are made: the server's own, or a domain above it. `None`: the
    /// server's own. (`AUTH_PASSKEY_RP_ID`)
    pub rp_id: Option<String>,
    /// The name of the service, which browsers may show. (`AUTH_PASSKEY_RP_NAME`)
    pub rp_name: String,
    /// The origins of pages and apps that may use passkeys. Empty: the trusted page that sent the
    /// request. (`AUTH_PASSKEY_ORIGIN`)
    pub origins: Vec<String>,
    /// Which authenticators may be registered, unless the request says it; `None`: all.
    /// (`AUTH_PASSKEY_AUTHENTICATOR_ATTACHMENT`)
    pub attachment: Option<Attachment>,
    /// Whether passkeys must be usable without a user name. (`AUTH_PASSKEY_RESIDENT_KEY`)
    pub resident_key: Requirement,
    /// Whether authenticators must verify their user, e.g. by a PIN. (`AUTH_PASSKEY_USER_VERIFICATION`)
    pub user_verification: Requirement,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            rp_id: None,
            rp_name: "Bookplate".to_owned(),
            origins: Vec::new(),
            attachment: None,
            resident_key: Requirement::Preferred,
            user_verification: Requirement::Preferred,
        }
    }
}

/// Where an authenticator is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Attachment {
    /// Built into the phone or computer.
    Platform,
    /// A security key, or another phone or computer.
    CrossPlatform,
}

/// How much a property of passkeys is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "WebAuthn's words")]
pub enum Requirement {
    Required,
    Preferred,
    Discouraged,
}

impl Config {
    /// Whether a response must say that the authenticator verified its user.
    pub(super) fn requires_verification(&self) -> bool {
        self.user_verification == Requirement::Required
    }
}
