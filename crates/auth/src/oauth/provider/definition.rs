//! Provider definitions: the TOML tables that describe providers.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    mapping::ProfileMapping,
    requests::{AuthorizationDefinition, IdTokenDefinition, TokenDefinition, UserInfoDefinition},
    special_case::SpecialCase,
    variables::Variable,
};

/// The TOML source of the built-in providers.
const BUILT_IN: &str = include_str!("providers.toml");

/// A provider definition: a table of `providers.toml`, or of a file of custom providers.
///
/// URLs and parameters may contain `{variables}`. The defaults are better-auth's for OpenID
/// Connect: PKCE, and the standard claims.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent option")]
pub struct Definition {
    /// The id in routes and in the database: the name of the table.
    #[serde(skip)]
    pub id: String,
    /// Whether the provider is built in, as in better-auth, and not from a file.
    #[serde(skip)]
    pub built_in: bool,
    /// The name for people; the id if empty.
    pub name: String,
    /// The URL of the page on which the provider registers clients.
    pub console: Option<String>,
    /// The URL of the OpenID Connect discovery document. The other URLs override it.
    pub discovery_url: Option<String>,
    /// Headers of requests for the discovery document, and for a JWKS of the same origin.
    pub discovery_headers: BTreeMap<String, String>,
    /// The authorization endpoint (RFC 6749, section 3.1).
    pub authorization_url: Option<String>,
    /// The token endpoint (RFC 6749, section 3.2).
    pub token_url: Option<String>,
    /// The `UserInfo` endpoint (OpenID Connect Core, section 5.3), or another URL of the profile.
    pub user_info_url: Option<String>,
    /// The URL of the JWKS (RFC 7517) that verifies id tokens.
    pub jwks_url: Option<String>,
    /// The URL for RP-initiated logout (`end_session_endpoint`).
    pub end_session_url: Option<String>,
    /// The URL to which the provider redirects after a logout, if the client sends none.
    pub post_logout_redirect_url: Option<String>,
    /// Disables RP-initiated logout.
    pub no_provider_logout: bool,
    /// The issuer: the value of the callback's `iss` (RFC 9207), and of id tokens if neither
    /// `id_token.issuers` nor discovery names one. By default, discovery finds it.
    pub issuer: Option<String>,
    /// The variables, by name.
    pub variables: BTreeMap<String, Variable>,
    /// The parameter that names the client.
    pub client_id_parameter: Option<String>,
    /// Whether the authorization code flow requires a client secret.
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
    /// Whether id tokens need the nonce of the sign-in; by default if the provider uses discovery
    /// and its id tokens are verified.
    #[serde(rename = "nonce")]
    pub require_nonce: Option<bool>,
    /// Whether users cannot sign in with the provider while its id tokens are not verified.
    pub id_token_required: bool,
    /// The code that completes the table, by the name of its provider.
    #[serde(rename = "exception")]
    pub special_case: Option<SpecialCase>,
}

impl Definition {
    /// The built-in providers, by id.
    ///
    /// # Panics
    /// If `providers.toml` is invalid; a test parses it.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test parses providers.toml")]
    pub fn built_in() -> BTreeMap<String, Self> {
        let mut all = Self::parse(BUILT_IN).expect("the table of providers is valid");
        for definition in all.values_mut() {
            definition.built_in = true;
        }
        all
    }

    /// Reads tables of providers, by id.
    ///
    /// # Errors
    /// If the text is no TOML, or a table has an unknown key; the error names the line.
    pub fn parse(text: &str) -> Result<BTreeMap<String, Self>, toml::de::Error> {
        let mut all: BTreeMap<String, Self> = toml::from_str(text)?;
        for (id, definition) in &mut all {
            definition.set_id(id);
        }
        Ok(all)
    }

    /// Sets the id, and the name if it has none.
    pub fn set_id(&mut self, id: &str) {
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
