//! The lines of the oracle.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

/// A line of the oracle.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Case {
    Url(Box<UrlCase>),
    Profile(Box<ProfileCase>),
}

#[derive(Deserialize)]
pub(super) struct UrlCase {
    pub(super) provider: String,
    #[serde(default)]
    pub(super) options: Map<String, Value>,
    /// Whether the provider is one of `docs/providers.example.toml`.
    #[serde(default)]
    pub(super) file: bool,
    pub(super) discovery: Option<Document>,
    pub(super) request: Requested,
    pub(super) verifier: String,
    pub(super) url: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Requested {
    pub(super) scopes: Vec<String>,
    pub(super) login_hint: Option<String>,
    pub(super) nonce: Option<String>,
    pub(super) additional_params: Map<String, Value>,
}

#[derive(Deserialize)]
pub(super) struct ProfileCase {
    pub(super) provider: String,
    pub(super) variant: String,
    #[serde(default)]
    pub(super) options: Map<String, Value>,
    /// As in [`UrlCase`].
    #[serde(default)]
    pub(super) file: bool,
    pub(super) discovery: Option<Document>,
    pub(super) tokens: CaseTokens,
    pub(super) user: Option<Value>,
    pub(super) nonce: Option<String>,
    pub(super) answers: BTreeMap<String, FakeResponse>,
    pub(super) requests: Vec<Sent>,
    pub(super) found: Option<Found>,
}

/// A discovery document.
#[derive(Clone, Deserialize)]
pub(super) struct Document {
    pub(super) issuer: String,
    pub(super) authorization_endpoint: String,
    pub(super) token_endpoint: String,
    pub(super) userinfo_endpoint: String,
    pub(super) jwks_uri: String,
    pub(super) id_token_signing_alg_values_supported: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CaseTokens {
    pub(super) access_token: Option<String>,
    pub(super) id_token: Option<String>,
    pub(super) openid: Option<String>,
}

/// A response of the fake provider.
#[derive(Clone, Deserialize)]
pub(super) struct FakeResponse {
    pub(super) status: u16,
    #[serde(default)]
    pub(super) body: Value,
    pub(super) text: Option<String>,
}

/// A request to the fake provider.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(super) struct Sent {
    pub(super) key: String,
    pub(super) authorization: Option<String>,
    pub(super) version: Option<String>,
    pub(super) body: Option<String>,
}

/// better-auth's user.
#[derive(Deserialize)]
pub(super) struct Found {
    pub(super) user: FoundUser,
    pub(super) data: Value,
    pub(super) subject: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FoundUser {
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) email_verified: Option<bool>,
    pub(super) image: Option<String>,
}
