//! Providers: where users sign in, how their profiles become users, and how their id tokens are
//! verified.
//!
//! A provider is data: a table of `providers.toml`, or of a file of the team, becomes a
//! [`Definition`]. `exceptions` has what no table can say.
//!
//! ```text
//! Definition ──▶ Provider ──▶ authorization (URL)
//!                        └──▶ profile (request, mapping, exceptions) ──▶ UserInfo
//! ```

mod authorization;
mod definition;
mod exceptions;
mod id_token_rules;
mod logout;
mod mapping;
mod profile;
mod registry;
mod resolve;
mod variables;

#[cfg(test)]
pub(crate) mod oracle;

use serde_json::Value;
use url::Url;

use super::config::ProviderConfig;
use crate::context::Context;

pub(crate) use self::{
    authorization::{AuthorizationRequest, RESERVED_PARAMETERS},
    id_token_rules::{ClaimsCheck, IdTokenRules, Verification},
    logout::LogoutRequest,
    profile::UserInfoRequest,
    registry::{Providers, Slot},
    resolve::Discovered,
};
pub use self::{
    definition::{
        AuthorizationDefinition, Check, ClientAuthentication, Definition, IdTokenDefinition,
        ProfileSource, ScopeOrder, TokenDefinition, UserInfoDefinition,
    },
    exceptions::Exception,
    id_token_rules::NonceComparison,
    mapping::{EmailVerified, ProfileMapping},
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
    /// The URL at which the provider ends its session.
    end_session_url: Option<Url>,
    /// Whether discovery found OpenID Connect.
    is_open_id: bool,
    requires_nonce: bool,
}

/// A user according to a provider.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct UserInfo {
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) email_verified: bool,
    pub(crate) image: Option<String>,
    /// The profile as the provider sent it.
    pub(crate) data: Value,
    /// The user's id at the provider. `None`: the profile has no valid one.
    pub(crate) subject: Option<String>,
}

impl Provider {
    pub(crate) fn id(&self) -> &str {
        &self.config.definition.id
    }

    /// The name for people.
    pub(crate) fn name(&self) -> &str {
        &self.config.definition.name
    }

    /// The URL to which the provider redirects browsers, as its console must know it.
    pub(crate) fn callback_url(&self, context: &Context) -> String {
        context.link(&format!("/callback/{}", self.id()), &[])
    }

    /// Whether each sign-in binds the id token to the browser by a nonce.
    pub(crate) fn requires_nonce(&self) -> bool {
        self.requires_nonce
    }

    /// The client id for sign-in in a browser.
    pub(crate) fn client_id(&self) -> &str {
        self.config.client_ids.first().map_or("", String::as_str)
    }
}
