//! The state for the provider: the preview's state and its data, encrypted for the production
//! host.

use domain::Error;
use serde::{Deserialize, Serialize};

use super::vault;
use crate::{
    context::Context, error::AuthError, error_code::PAYLOAD_TOO_LARGE, oauth::config::ProxyConfig,
};

/// The keys of the two layers.
const OUTER: &str = "oauth-proxy-package";
const INNER: &str = "oauth-proxy-state";
/// The maximum length in a URL. Providers and proxies refuse longer requests.
const MAX_LEN: usize = 8 * 1024;

/// better-auth's form.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    state: String,
    state_cookie: String,
    #[serde(rename = "isOAuthProxy")]
    is_oauth_proxy: bool,
}

/// A preview's state and its data.
pub(in super::super) struct Package {
    pub(super) state: String,
    pub(super) json: String,
}

impl Package {
    /// Decrypts the state of a provider's answer. `None` if it is no package.
    pub(in super::super) fn open(context: &Context, state: &str) -> Option<Self> {
        let config = context.config.oauth.plugins.proxy.as_ref()?;
        let stored = vault(context, config, OUTER).open(state)?;
        let stored: Stored = serde_json::from_str(&stored).ok()?;
        let is_whole = stored.is_oauth_proxy && !stored.state.is_empty();
        let json = vault(context, config, INNER).open(&stored.state_cookie)?;
        is_whole.then_some(Self { state: stored.state, json })
    }
}

/// Encrypts a state and its data. Refuses data that is too long for a URL.
pub(super) fn seal(
    context: &Context,
    config: &ProxyConfig,
    state: &str,
    json: &str,
) -> Result<String, AuthError> {
    let stored = Stored {
        state: state.to_owned(),
        state_cookie: vault(context, config, INNER).seal(json),
        is_oauth_proxy: true,
    };
    let stored = serde_json::to_string(&stored).map_err(Error::internal)?;
    let sealed = vault(context, config, OUTER).seal(&stored);
    if sealed.len() > MAX_LEN { Err(PAYLOAD_TOO_LARGE.into()) } else { Ok(sealed) }
}
