//! A user whom a provider identified.

use std::sync::Arc;

use super::{
    provider::{Provider, UserInfo},
    tokens::Tokens,
};

/// A user at the provider, with their tokens.
pub(super) struct Identified {
    pub(super) provider: Arc<Provider>,
    pub(super) tokens: Tokens,
    pub(super) info: UserInfo,
    pub(super) subject: String,
}
