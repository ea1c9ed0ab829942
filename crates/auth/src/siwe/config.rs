//! The settings of the plugin.

/// Settings of the plugin `siwe`.
#[derive(Clone, Debug)]
pub struct Config {
    /// The host, with its port, that messages must name; `None`: the one of the public URL.
    /// (`AUTH_SIWE_DOMAIN`)
    pub domain: Option<String>,
    /// The domain of the addresses of users without one; `None`: one that receives no mail.
    /// (`AUTH_SIWE_EMAIL_DOMAIN_NAME`)
    pub email_domain_name: Option<String>,
    /// Whether a sign-in needs no email address. (`AUTH_SIWE_ANONYMOUS`)
    pub anonymous: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self { domain: None, email_domain_name: None, anonymous: true }
    }
}
