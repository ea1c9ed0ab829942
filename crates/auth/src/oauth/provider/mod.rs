//! Providers: where users sign in, how their profiles become users, and how their id tokens are
//! verified.
//!
//! A table of `providers.toml`, or of a file of custom providers, becomes a [`Definition`].
//! `special_cases` has provider-specific code.
//!
//! ```text
//! Definition ──▶ Provider ──▶ authorization (URL)
//!                        └──▶ profile_request, special_cases, mapping ──▶ UserInfo
//! ```

mod authorization;
mod definition;
mod id_token_rules;
mod logout;
mod mapping;
mod placeholders;
mod profile_request;
mod registry;
mod requests;
mod resolve;
mod special_case;
mod special_cases;
mod user_info;
mod variables;

#[cfg(test)]
pub(crate) mod oracle;

use url::Url;

use super::config::ProviderConfig;

pub(crate) use self::{
    authorization::{AuthorizationRequest, RESERVED_PARAMETERS},
    id_token_rules::{ClaimsCheck, IdTokenRules, Verification},
    logout::LogoutRequest,
    profile_request::UserInfoRequest,
    registry::{Providers, Slot},
    resolve::Discovered,
    user_info::UserInfo,
};
pub use self::{
    definition::Definition,
    id_token_rules::NonceComparison,
    mapping::{EmailVerified, ProfileMapping},
    requests::{
        AuthorizationDefinition, Check, ClientAuthentication, IdTokenDefinition, ProfileSource,
        ScopeOrder, TokenDefinition, UserInfoDefinition,
    },
    special_case::SpecialCase,
    variables::{DefinitionError, Format, Variable},
};

/// A provider at which users can sign in: its definition with all URLs known.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) config: ProviderConfig,
    /// The issuer that the callback's `iss` must name, if it is known.
    pub(crate) issuer: Option<String>,
    /// How id tokens are verified. `None`: the provider has none, or they are not verified.
    pub(crate) id_token: Option<IdTokenRules>,
    pub(crate) token_url: Url,
    authorization_url: Url,
    user_info_url: Option<Url>,
    /// The URL for RP-initiated logout.
    end_session_url: Option<Url>,
    /// Whether discovery found OpenID Connect.
    is_open_id: bool,
    requires_nonce: bool,
    /// Whether every authorization response names the issuer.
    requires_iss: bool,
}

impl Provider {
    pub(crate) fn id(&self) -> &str {
        &self.config.definition.id
    }

    /// The name for people.
    pub(crate) fn name(&self) -> &str {
        &self.config.definition.name
    }

    /// Whether each sign-in sends a nonce, which the id token must contain.
    pub(crate) fn requires_nonce(&self) -> bool {
        self.requires_nonce
    }

    /// Whether an authorization response must name the issuer, as the provider's discovery
    /// document promises (RFC 9207).
    pub(crate) fn requires_iss(&self) -> bool {
        self.requires_iss
    }

    /// The client id for sign-in in a browser.
    pub(crate) fn client_id(&self) -> &str {
        self.config.client_ids.first().map_or("", String::as_str)
    }
}
