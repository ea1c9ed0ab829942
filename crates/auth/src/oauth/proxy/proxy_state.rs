//! The state for the provider: the preview's state and its data, encrypted for the production
//! host.

use domain::Error;
use serde::{Deserialize, Serialize};

use super::vault;
use crate::{
    context::Context, error::AuthError, error_code::PAYLOAD_TOO_LARGE, oauth::config::ProxyConfig,
};

/// The purposes of the keys. Two layers, as in better-auth's format.
const OUTER_PURPOSE: &str = "oauth-proxy-package";
const INNER_PURPOSE: &str = "oauth-proxy-state";
/// The maximum length in a URL. Providers and proxies refuse longer requests.
const MAX_LEN: usize = 8 * 1024;

/// The decrypted outer layer, in better-auth's format.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProxyStateJson {
    state: String,
    state_cookie: String,
    #[serde(rename = "isOAuthProxy")]
    is_oauth_proxy: bool,
}

/// A preview's state and its data.
pub(in super::super) struct ProxyState {
    pub(super) state: String,
    pub(super) json: String,
}

impl ProxyState {
    /// Decrypts the state of an authorization response. `None` if it is not a proxy state.
    pub(in super::super) fn open(context: &Context, state: &str) -> Option<Self> {
        let config = context.config.oauth_proxy()?;
        let stored = vault(context, config, OUTER_PURPOSE).open(state)?;
        let stored: ProxyStateJson = serde_json::from_str(&stored).ok()?;
        let is_whole = stored.is_oauth_proxy && !stored.state.is_empty();
        let json = vault(context, config, INNER_PURPOSE).open(&stored.state_cookie)?;
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
    let stored = ProxyStateJson {
        state: state.to_owned(),
        state_cookie: vault(context, config, INNER_PURPOSE).seal(json),
        is_oauth_proxy: true,
    };
    let stored = serde_json::to_string(&stored).map_err(Error::internal)?;
    let sealed = vault(context, config, OUTER_PURPOSE).seal(&stored);
    if sealed.len() > MAX_LEN { Err(PAYLOAD_TOO_LARGE.into()) } else { Ok(sealed) }
}
