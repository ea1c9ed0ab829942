//! Definitions of providers: how a provider differs from others, as data.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    exceptions::Exception, id_token_rules::NonceComparison, mapping::ProfileMapping,
    variables::Variable,
};

/// better-auth's providers.
const BUILT_IN: &str = include_str!("providers.toml");

/// How a provider differs from others: a table of `providers.toml`, or of a file of providers.
///
/// URLs and parameters may contain `{variables}`. The defaults are better-auth's for OpenID
/// Connect: PKCE, and the standard claims.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Definition {
    /// The id in routes and in the database: the name of the table.
    #[serde(skip)]
    pub id: String,
    /// Whether it is one of better-auth's providers, and not from a file.
    #[serde(skip)]
    pub built_in: bool,
    /// The name for people; the id if empty.
    pub name: String,
    /// The URL of the page on which the provider registers clients.
    pub console: Option<String>,
    /// The URL of the OpenID Connect discovery document, which the other URLs replace.
    pub discovery_url: Option<String>,
    /// Headers of requests for the discovery document, and for a key set of the same origin.
    pub discovery_headers: BTreeMap<String, String>,
    /// The URL to which browsers are redirected.
    pub authorization_url: Option<String>,
    /// The URL that exchanges codes and refresh tokens.
    pub token_url: Option<String>,
    /// The URL of the profile.
    pub user_info_url: Option<String>,
    /// The URL of the keys that verify id tokens.
    pub key_set_url: Option<String>,
    /// The URL at which the provider ends its session after a sign-out.
    pub end_session_url: Option<String>,
    /// The page to which the provider returns after a sign-out, if the client names none.
    pub post_logout_redirect_url: Option<String>,
    /// Whether a sign-out does not end the session at the provider.
    pub no_provider_logout: bool,
    /// The issuer that the callback's `iss` must name (RFC 9207). Discovery finds it.
    pub issuer: Option<String>,
    /// The variables, by name.
    pub variables: BTreeMap<String, Variable>,
    /// The parameter that names the client.
    pub client_id_parameter: Option<String>,
    /// Whether redirects require a client secret; sign-in with id tokens does not.
    pub client_secret_required: bool,
    /// The default scopes.
    pub scopes: Vec<String>,
    /// The request to `authorization_url`.
    pub authorization: AuthorizationDefinition,
    /// The requests to `token_url`.
    pub token: TokenDefinition,
    /// The request to `user_info_url`.
    pub user_info: UserInfoDefinition,
    /// How the profile becomes a user.
    pub profile: ProfileMapping,
    /// How id tokens are verified, unless discovery finds it.
    pub id_token: Option<IdTokenDefinition>,
    /// Whether id tokens are bound to the browser by a nonce; by default if discovery finds a key
    /// set.
    pub nonce: Option<bool>,
    /// Whether the provider is absent if discovery finds no key set.
    pub id_token_required: bool,
    /// What no table can say.
    pub exception: Option<Exception>,
}

/// The request to the authorization URL.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuthorizationDefinition {
    /// Whether the code is bound to a verifier (RFC 7636, S256).
    pub pkce: bool,
    /// The parameter `response_type`.
    pub response_type: String,
    /// The parameter `response_mode`.
    pub response_mode: Option<String>,
    /// The order of scopes. By default, better-auth's providers start with the default scopes,
    /// and the providers of a file with the requested ones.
    pub scope_order: Option<ScopeOrder>,
    /// What is between two scopes.
    pub scope_separator: String,
    /// Whether a scope that occurs twice is sent once.
    pub unique_scopes: bool,
    /// Whether `scope` comes last, encoded without `+` (Cognito).
    pub percent_encoded_scope: bool,
    /// Whether `scope` is also sent without scopes.
    pub empty_scope: bool,
    /// Whether no scopes are sent: the provider's console sets them.
    pub no_scopes: bool,
    /// Whether the client's hint of an address or a user name is sent as `login_hint`; by default
    /// to the providers of a file.
    pub login_hint: Option<bool>,
    /// Whether the setting of the prompt is sent as `prompt`; by default to the providers of a
    /// file.
    pub prompt: Option<bool>,
    /// The value of `prompt` without a setting.
    pub default_prompt: Option<String>,
    /// The parameter that gets the setting of the access type; by default `access_type` of the
    /// providers of a file.
    pub access_type_parameter: Option<String>,
    /// Parameters that the client's additional parameters may replace. A parameter with a variable
    /// that has no value is not sent.
    pub parameters: BTreeMap<String, String>,
    /// Parameters that nothing replaces.
    pub fixed_parameters: BTreeMap<String, String>,
    /// Parameters that are sent only with one of these scopes (Discord's bots).
    pub scope_parameters: BTreeMap<String, BTreeMap<String, String>>,
    /// Claims to request for the id token.
    pub claims: Vec<String>,
    /// Whether the client's additional parameters are not sent.
    pub no_additional_parameters: bool,
    /// The parameters that come first, if the order is not better-auth's usual one.
    pub order: Vec<String>,
}

impl Default for AuthorizationDefinition {
    fn default() -> Self {
        Self {
            pkce: true,
            response_type: "code".to_owned(),
            response_mode: None,
            scope_order: None,
            scope_separator: " ".to_owned(),
            unique_scopes: false,
            percent_encoded_scope: false,
            empty_scope: false,
            no_scopes: false,
            login_hint: None,
            prompt: None,
            default_prompt: None,
            access_type_parameter: None,
            parameters: BTreeMap::new(),
            fixed_parameters: BTreeMap::new(),
            scope_parameters: BTreeMap::new(),
            claims: Vec::new(),
            no_additional_parameters: false,
            order: Vec::new(),
        }
    }
}

/// The order of scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScopeOrder {
    /// The default ones, those of the settings, those of the request.
    DefaultConfiguredRequested,
    /// The default ones, those of the request, those of the settings.
    DefaultRequestedConfigured,
    /// Those of the request, the default ones, those of the settings.
    RequestedDefaultConfigured,
}

/// The requests to the token URL.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TokenDefinition {
    /// How the client authenticates.
    pub authentication: ClientAuthentication,
    /// How the client authenticates for a refresh, if not as for an exchange.
    pub refresh_authentication: Option<ClientAuthentication>,
    /// If the client secret is a private key (PEM): the audience of the JWT that it signs, which
    /// is sent in its place (Apple).
    pub client_secret_jwt_audience: Option<String>,
    /// Whether the exchange sends the code verifier; by default as the authorization URL.
    pub code_verifier: Option<bool>,
    /// Whether the exchange sends the callback's `device_id` (VK).
    pub device_id: bool,
    /// Headers of exchange and refresh.
    pub headers: BTreeMap<String, String>,
    /// Further parameters of the exchange; the standard ones have precedence.
    pub parameters: BTreeMap<String, String>,
    /// Further parameters of the refresh; they replace all but `grant_type` and `refresh_token`.
    pub refresh_parameters: BTreeMap<String, String>,
    /// Whether the refresh sends the scopes.
    pub refresh_scope: bool,
    /// Whether access tokens cannot be refreshed.
    pub no_refresh: bool,
    /// Seconds until an access token expires, if the response does not say it.
    pub expires_in: Option<u32>,
}

/// How the client authenticates at the token URL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthentication {
    /// Client id and secret are parameters of the body. A public client sends its id.
    #[default]
    Post,
    /// HTTP Basic (RFC 6749, section 2.3.1). A public client sends its id in the body.
    Basic,
    /// The client id is a parameter of the body; a secret is not sent.
    None,
}

/// The request for the profile.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UserInfoDefinition {
    /// Where the profile is.
    pub source: Option<ProfileSource>,
    /// Whether the request is a POST without parameters; `form` and `graphql` are POST, too.
    pub post: bool,
    /// The scheme of `Authorization`; `Bearer` by default. Without the header if `query`, `form`
    /// or the URL contain `{access_token}`.
    pub scheme: Option<String>,
    /// Headers.
    pub headers: BTreeMap<String, String>,
    /// Parameters of the query. They may contain `{access_token}` and `{client_id}`.
    pub query: BTreeMap<String, String>,
    /// Parameters of the body. They may contain `{access_token}` and `{client_id}`.
    pub form: BTreeMap<String, String>,
    /// A GraphQL query.
    pub graphql: Option<String>,
    /// What the response must fulfill.
    pub checks: Vec<Check>,
    /// The profile in the response, as a JSON pointer (RFC 6901).
    pub pointer: String,
}

/// Where the profile is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileSource {
    /// The response of the user info URL. The default of better-auth's providers.
    Endpoint,
    /// The claims of the id token.
    IdToken,
    /// The claims of the id token, or the user info URL without an id token.
    IdTokenOrEndpoint,
    /// The claims of an id token that has an address, otherwise the user info URL. The default of
    /// a file's providers.
    IdTokenWithEmailOrEndpoint,
}

/// What a response must fulfill.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The value, as a JSON pointer.
    pub at: String,
    /// The text that the value must be.
    #[serde(default)]
    pub equals: Option<String>,
    /// Whether the value must be, or must not be, other than absent, null, false, 0 and empty.
    #[serde(default)]
    pub truthy: Option<bool>,
}

/// How id tokens are verified.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IdTokenDefinition {
    /// The allowed issuers. Empty: the provider's own check decides.
    pub issuers: Vec<String>,
    /// The allowed signature algorithms. Empty: every one that the keys allow.
    pub algorithms: Vec<String>,
    /// The maximum time since the token was issued, in seconds.
    pub max_age: Option<u32>,
    /// How the nonce is compared.
    pub nonce: NonceComparison,
    /// Whether a token that is no JWT is an access token.
    pub allow_opaque: bool,
    /// The path, relative to the token URL, at which the provider verifies id tokens itself.
    pub endpoint: Option<String>,
}

impl Definition {
    /// better-auth's providers, by id.
    ///
    /// # Panics
    /// Never: a test reads the table.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test reads the table")]
    pub fn built_in() -> BTreeMap<String, Self> {
        let mut all = Self::parse(BUILT_IN).expect("the table of providers is valid");
        all.values_mut().for_each(|definition| definition.built_in = true);
        all
    }

    /// Reads tables of providers, by id.
    ///
    /// # Errors
    /// If the text is no TOML, or a table has an unknown key; the error names the line.
    pub fn parse(text: &str) -> Result<BTreeMap<String, Self>, toml::de::Error> {
        let mut all: BTreeMap<String, Self> = toml::from_str(text)?;
        for (id, definition) in &mut all {
            definition.complete(id);
        }
        Ok(all)
    }

    /// Sets the id, and the name if it has none.
    pub fn complete(&mut self, id: &str) {
        id.clone_into(&mut self.id);
        if self.name.is_empty() {
            id.clone_into(&mut self.name);
        }
    }

    /// The name of the parameter that has the client id.
    pub(crate) fn client_id_parameter(&self) -> &str {
        self.client_id_parameter.as_deref().unwrap_or("client_id")
    }
}
