//! Definitions of providers: how a provider differs from others, as data.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    special_case::SpecialCase,
    mapping::ProfileMapping,
    requests::{AuthorizationDefinition, IdTokenDefinition, TokenDefinition, UserInfoDefinition},
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
#[expect(clippy::struct_excessive_bools, reason = "each names a habit of a provider")]
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
    /// The code that completes the table, by the name of its provider.
    #[serde(rename = "exception")]
    pub special_case: Option<SpecialCase>,
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
