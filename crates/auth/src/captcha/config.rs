//! The settings of the plugin.

use secrecy::SecretString;
use url::Url;

/// A service that checks whether a person uses the browser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the services")]
pub enum Provider {
    #[default]
    CloudflareTurnstile,
    GoogleRecaptcha,
    Hcaptcha,
    Captchafox,
}

impl Provider {
    /// Where tokens are verified, if no setting says otherwise.
    pub(super) fn site_verify_url(self) -> &'static str {
        match self {
            Self::CloudflareTurnstile => {
                "https://challenges.cloudflare.com/turnstile/v0/siteverify"
            }
            Self::GoogleRecaptcha => "https://www.google.com/recaptcha/api/siteverify",
            Self::Hcaptcha => "https://api.hcaptcha.com/siteverify",
            Self::Captchafox => "https://api.captchafox.com/siteverify",
        }
    }
}

/// Settings of the plugin `captcha`.
#[derive(Clone, Debug)]
pub struct Config {
    /// The service. (`AUTH_CAPTCHA_PROVIDER`)
    pub provider: Provider,
    /// The secret of this server at the service. (`AUTH_CAPTCHA_SECRET_KEY`)
    pub secret_key: Option<SecretString>,
    /// Where tokens are verified instead. (`AUTH_CAPTCHA_SITE_VERIFY_URL`)
    pub site_verify_url: Option<Url>,
    /// The routes that require a token; `*` is any part of a segment, `**` any segments.
    /// (`AUTH_CAPTCHA_ENDPOINTS`)
    pub endpoints: Vec<String>,
    /// The minimum score of reCAPTCHA, from 0 to 1. (`AUTH_CAPTCHA_MIN_SCORE`)
    pub min_score: f64,
    /// The public key that the token must belong to: hCaptcha and `CaptchaFox`.
    /// (`AUTH_CAPTCHA_SITE_KEY`)
    pub site_key: Option<String>,
    /// The action that the token must name: Turnstile and reCAPTCHA.
    /// (`AUTH_CAPTCHA_EXPECTED_ACTION`)
    pub expected_action: Option<String>,
    /// The hosts whose pages may request tokens, if not any: Turnstile and reCAPTCHA.
    /// (`AUTH_CAPTCHA_ALLOWED_HOSTNAMES`)
    pub allowed_hostnames: Vec<String>,
}

/// better-auth's default.
pub const DEFAULT_ENDPOINTS: [&str; 3] =
    ["/sign-up/email", "/sign-in/email", "/request-password-reset"];

impl Default for Config {
    fn default() -> Self {
        Self {
            provider: Provider::default(),
            secret_key: None,
            site_verify_url: None,
            endpoints: DEFAULT_ENDPOINTS.map(str::to_owned).to_vec(),
            min_score: 0.5,
            site_key: None,
            expected_action: None,
            allowed_hostnames: Vec::new(),
        }
    }
}
