//! The settings of cookies.

/// The name of the cookie with the session's token, without its prefix.
pub(super) const SESSION_TOKEN: &str = "session_token";

/// The cookies' names and attributes.
#[derive(Clone, Debug)]
pub struct Config {
    /// The prefix of names: `better-auth` gives `better-auth.session_token`.
    /// (`AUTH_COOKIE_PREFIX`)
    pub prefix: String,
    /// Whether browsers send the cookies over https only; their names then begin with
    /// `__Secure-`. (`AUTH_SECURE_COOKIES`)
    pub secure: bool,
    /// The domain whose subdomains share the cookies; `None` is the server's own host.
    /// (`AUTH_COOKIE_DOMAIN`)
    pub domain: Option<String>,
    /// Which requests from other sites have the cookies. (`AUTH_COOKIE_SAME_SITE`)
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
    /// The name of the cookie with the session's token.
    pub(crate) fn session_name(&self) -> String {
        self.name(self.secure, SESSION_TOKEN)
    }

    /// The full name of a cookie, in the form of https or of http.
    pub(super) fn name(&self, secure: bool, name: &str) -> String {
        let secure = if secure { "__Secure-" } else { "" };
        format!("{secure}{}.{name}", self.prefix)
    }
}

/// The requests from other sites' pages with which browsers send the cookies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SameSite {
    /// Links that the user opens.
    #[default]
    Lax,
    /// None.
    Strict,
    /// All; requires https.
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
