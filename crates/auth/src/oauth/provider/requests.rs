//! The requests to a provider, as parts of its definition.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::id_token_rules::NonceComparison;

/// The request to the authorization URL.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent option")]
pub struct AuthorizationDefinition {
    /// Whether the code is bound to a verifier (RFC 7636, S256).
    pub pkce: bool,
    /// The parameter `response_type`.
    pub response_type: String,
    /// The parameter `response_mode`.
    pub response_mode: Option<String>,
    /// The order of scopes. By default, built-in providers start with the default scopes, and
    /// custom providers with the requested ones.
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
    /// Whether the client's hint of an email address or a user name is sent as `login_hint`;
    /// by default to custom providers.
    pub login_hint: Option<bool>,
    /// Whether the setting of the prompt is sent as `prompt`; by default to custom providers.
    pub prompt: Option<bool>,
    /// The value of `prompt` without a setting.
    pub default_prompt: Option<String>,
    /// The parameter that gets the setting of the access type; by default `access_type` of
    /// custom providers.
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
    /// The response of the user info URL. The default of built-in providers.
    Endpoint,
    /// The claims of the id token.
    IdToken,
    /// The claims of the id token, or the user info URL without an id token.
    IdTokenOrEndpoint,
    /// The claims of an id token that has an email address, otherwise the user info URL. The
    /// default of custom providers.
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
    /// The allowed issuers. Empty: the discovered issuer, the definition's `issuer`, or the
    /// provider's own check decides.
    pub issuers: Vec<String>,
    /// The allowed signature algorithms. Empty: every one that the keys allow.
    pub algorithms: Vec<String>,
    /// The maximum time since the token was issued, in seconds.
    pub max_age: Option<u32>,
    /// How the nonce is compared.
    #[serde(rename = "nonce")]
    pub nonce_comparison: NonceComparison,
    /// Whether a token that is no JWT is an access token.
    pub allow_opaque: bool,
    /// The path, relative to the token URL, at which the provider verifies id tokens itself.
    pub endpoint: Option<String>,
}
