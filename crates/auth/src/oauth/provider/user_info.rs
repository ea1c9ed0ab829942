//! A user according to a provider.

use serde_json::Value;

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
