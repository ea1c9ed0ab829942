//! The settings of sign-in with providers.

use http_client::Addresses;
use secrecy::SecretString;
use url::Url;

use super::provider::Definition;

/// Settings of sign-in with providers.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The providers, in the order in which clients list them.
    pub providers: Vec<ProviderConfig>,
    /// Where the state of a sign-in is stored until the provider redirects back.
    /// (`AUTH_OAUTH_STATE`)
    pub state: StateStorage,
    /// Whether provider tokens are encrypted in the database. (`AUTH_ENCRYPT_OAUTH_TOKENS`)
    pub encrypt_tokens: bool,
    /// Whether a sign-in keeps the stored tokens of its account.
    /// (`AUTH_KEEP_TOKENS_ON_SIGN_IN`)
    pub keep_tokens_on_sign_in: bool,
    /// Whether providers may have private IP addresses. Loopback addresses are allowed to providers
    /// whose configured URL has one. (`AUTH_OAUTH_PRIVATE_ADDRESSES`)
    pub private_addresses: bool,
    /// When an identity is linked to a user.
    pub linking: Linking,
    /// Settings of the plugin `oauth-proxy`.
    pub proxy: ProxyConfig,
}

impl Config {
    /// The addresses to which requests of providers are sent.
    pub(crate) fn addresses(&self) -> Addresses {
        Addresses { private: self.private_addresses, setting: "AUTH_OAUTH_PRIVATE_ADDRESSES" }
    }
}

/// Where the state of a sign-in is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StateStorage {
    /// In the database, or in Redis if one is configured.
    #[default]
    Server,
    /// In an encrypted cookie.
    Cookie,
}

/// When an identity is linked to a user.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting")]
pub struct Linking {
    /// Whether identities can be linked at all. (`AUTH_ACCOUNT_LINKING`)
    pub enabled: bool,
    /// Whether a sign-in links a new identity to the user who has its email address.
    /// (`AUTH_ACCOUNT_LINKING_IMPLICIT`)
    pub implicit: bool,
    /// Ids of trusted providers: their identities are linked although the provider did not verify
    /// the email address. (`AUTH_ACCOUNT_LINKING_TRUSTED_PROVIDERS`)
    pub trusted_providers: Vec<String>,
    /// Whether a signed-in user may link an identity with another email address.
    /// (`AUTH_ACCOUNT_LINKING_DIFFERENT_EMAILS`)
    pub different_emails: bool,
    /// Whether linking replaces the user's name and image by the provider's.
    /// (`AUTH_ACCOUNT_LINKING_UPDATE_USER_INFO`)
    pub update_user_info: bool,
}

impl Linking {
    /// Whether identities of this provider are linked although it did not verify the email
    /// address.
    #[must_use]
    pub fn trusts(&self, provider: &str) -> bool {
        self.trusted_providers.iter().any(|trusted| trusted == provider)
    }
}

impl Default for Linking {
    fn default() -> Self {
        Self {
            enabled: true,
            implicit: true,
            trusted_providers: Vec::new(),
            different_emails: false,
            update_user_info: false,
        }
    }
}

/// Settings of the plugin `oauth-proxy`: sign-in through the production host, for previews and
/// native apps.
#[derive(Clone, Debug, Default)]
pub struct ProxyConfig {
    /// The URL of the production host, whose callback URLs the providers know; `None` if this is
    /// the host. (`AUTH_OAUTH_PROXY_PRODUCTION_URL`)
    pub production_url: Option<Url>,
    /// The secret that this host and the production host share; the server's secret if none.
    /// (`AUTH_OAUTH_PROXY_SECRET`)
    pub secret: Option<SecretString>,
}

/// A provider and the credentials of this server at it.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting")]
pub struct ProviderConfig {
    /// Its definition, with the settings' endpoints.
    pub definition: Definition,
    /// The client ids: the first one is used for sign-in, id tokens may be for any.
    pub client_ids: Vec<String>,
    /// The client secret; public clients have none.
    pub client_secret: Option<SecretString>,
    /// Scopes to request besides the default ones.
    pub scopes: Vec<String>,
    /// Whether the default scopes are not requested.
    pub disable_default_scopes: bool,
    /// The parameter `prompt` of the authorization URL.
    pub prompt: Option<String>,
    /// The parameter `access_type` of the authorization URL, e.g. `offline`.
    pub access_type: Option<String>,
    /// Whether sign-in creates no user, even if the client requests it.
    pub disable_sign_up: bool,
    /// Whether sign-in creates a user only if the client requests it.
    pub disable_implicit_sign_up: bool,
    /// Whether each sign-in replaces the user's name, image and email address by the provider's.
    pub override_user_info: bool,
    /// Whether users whose email address is not verified cannot sign in.
    pub require_email_verification: bool,
    /// Whether clients cannot sign in with an id token of the provider.
    pub disable_id_token: bool,
}

impl ProviderConfig {
    /// Whether a sign-in creates no user. `requested`: the client requests a sign-up.
    #[must_use]
    pub fn is_sign_up_disabled(&self, requested: bool) -> bool {
        self.disable_sign_up || self.disable_implicit_sign_up && !requested
    }

    /// The scopes that a sign-in requests, unless the client adds some.
    #[must_use]
    pub fn default_and_further_scopes(&self) -> Vec<&str> {
        let default = self.definition.scopes.iter().filter(|_| !self.disable_default_scopes);
        default.chain(&self.scopes).map(String::as_str).collect()
    }
}

/// The URL to which a provider redirects browsers, as its console must know it. Of the base URL,
/// only the origin is used.
#[must_use]
pub fn callback_url(base_url: &Url, base_path: &str, provider: &str) -> String {
    let origin = base_url.origin().ascii_serialization();
    format!("{origin}{}", callback_path(base_path, provider))
}

/// The path of the callback endpoint of a provider.
pub(super) fn callback_path(base_path: &str, provider: &str) -> String {
    format!("{base_path}/callback/{provider}")
}
