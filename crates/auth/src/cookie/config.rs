//! What the cookies are called, and who sends them where.

use super::SESSION_TOKEN;

/// The cookies' names and attributes.
#[derive(Clone, Debug)]
pub struct Config {
    /// What names begin with: `better-auth` gives `better-auth.session_token`.
    /// (`AUTH_COOKIE_PREFIX`)
    pub prefix: String,
    /// Whether browsers send them by https alone; names then begin with
    /// `__Secure-`. (`AUTH_SECURE_COOKIES`)
    pub secure: bool,
    /// The domain whose subdomains share them; none is the server's own host.
    /// (`AUTH_COOKIE_DOMAIN`)
    pub domain: Option<String>,
    /// (`AUTH_COOKIE_SAME_SITE`)
    pub same_site: SameSite,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            prefix: "better-auth".to_owned(),
            secure: false,
            domain: None,
            same_site: SameSite::default(),
        }
    }
}

impl Config {
    /// The name of the cookie that carries the session's token.
    pub(crate) fn session_name(&self) -> String {
        self.name(self.secure, SESSION_TOKEN)
    }

    /// The whole name of a cookie, in the form of https or the other.
    pub(super) fn name(&self, secure: bool, name: &str) -> String {
        let secure = if secure { "__Secure-" } else { "" };
        format!("{secure}{}.{name}", self.prefix)
    }
}

/// Which requests from other sites' pages carry the cookies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SameSite {
    /// Links that are followed.
    #[default]
    Lax,
    /// None.
    Strict,
    /// All; with https only.
    None,
}

impl SameSite {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Lax => "Lax",
            Self::Strict => "Strict",
            Self::None => "None",
        }
    }
}
