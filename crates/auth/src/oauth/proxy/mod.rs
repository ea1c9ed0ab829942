//! better-auth's plugin `oauth-proxy`: previews and native apps sign in through the production
//! host, whose callback URLs the providers know.
//!
//! Endpoints: `GET callback/{id}/oauth-proxy`, `GET oauth-proxy-callback` (its legacy path). Table:
//! none.
//!
//! ```text
//! preview: sign-in ──▶ state (own) ──▶ proxy state ──▶ provider's page
//!     ──▶ production: callback ──▶ code ──▶ tokens ──▶ payload
//!     ──▶ preview: callback/{id}/oauth-proxy ──▶ state (once) ──▶ sign_in, or link
//! ```
//!
//! The production host creates no user and no session. Both hosts share a secret, which encrypts
//! the proxy state and the payload, each with a key of its own.
//!
//! Threats, and where this server is stricter than better-auth:
//! - A forged or changed payload, or one by another secret: authenticated encryption.
//! - A replayed payload: it needs the preview's state, which is used once, within 60 seconds.
//! - A payload in another browser (login CSRF): the state's cookie is required. better-auth
//!   requires none.
//! - A payload for another preview: the state is unknown there.
//! - A stolen secret of a preview: payloads are accepted only for sign-ins that this host itself
//!   sent through the production host, never on the production host. better-auth accepts them
//!   everywhere, so that the secret signs in as any user of the production host.
//! - A proxy state that sends tokens to an attacker: the production host redirects only to trusted
//!   origins and to this route. better-auth redirects to any URL.
//! - An old proxy state, or one of another provider: the state's end and its provider are checked.
//! - Open redirects: the pages of a sign-in are those of the preview's own state, which checked
//!   them at the start.

mod payload;
mod preview;
pub(super) mod production;
mod proxy_state;

use axum::http::HeaderMap;
use crypto::{Secrets, Vault};
use url::Url;

pub(super) use self::{
    preview::{Completion, complete_at_legacy_path, complete_sign_in},
    proxy_state::ProxyState,
};
use super::{
    config::{ProxyConfig, callback_path},
    non_empty,
    provider::Provider,
    state::StateData,
};
use crate::{context::Context, error::AuthError};

/// A client that sends this header signs in without the production host.
const SKIP_HEADER: &str = "x-skip-oauth-proxy";

/// A sign-in of a preview that redirects through the production host.
pub(super) struct ProxiedSignIn<'a> {
    context: &'a Context,
    config: &'a ProxyConfig,
    production_url: &'a Url,
}

impl<'a> ProxiedSignIn<'a> {
    /// The proxied sign-in that this request begins. `None` on the production host itself.
    pub(super) fn of(context: &'a Context, headers: &HeaderMap) -> Option<Self> {
        let is_skipped = headers.get(SKIP_HEADER).is_some_and(|value| !value.is_empty());
        if is_skipped { None } else { Self::of_preview(context) }
    }

    /// As [`of`](Self::of), without a request. `None` on the production host.
    fn of_preview(context: &'a Context) -> Option<Self> {
        let config = context.config.oauth_proxy()?;
        let production_url = config.production_url.as_ref()?;
        let is_here = production_url.origin() == context.url.origin();
        (!is_here).then_some(Self { context, config, production_url })
    }

    /// The data with the completion URL, to which the production host redirects. The completion
    /// URL contains the callback URL of the client.
    pub(super) fn with_callback(&self, data: StateData) -> StateData {
        let origin = || self.context.url.origin().ascii_serialization();
        let page = non_empty(data.callback_url).unwrap_or_else(origin);
        let path = format!("/callback/{}{COMPLETION_SUFFIX}", data.provider);
        let callback_url = Some(self.context.url_for(&path, &[(CALLBACK_URL, &page)]));
        StateData { callback_url, ..data }
    }

    /// The state for the provider: this host's state and its data, encrypted.
    pub(super) fn proxy_state(&self, state: &str, json: &str) -> Result<String, AuthError> {
        proxy_state::seal(self.context, self.config, state, json)
    }

    /// The callback URL of the production host.
    pub(super) fn redirect_uri(&self, provider: &Provider) -> String {
        let production = self.production_url.as_str().trim_end_matches('/');
        format!("{production}{}", callback_path(&self.context.config.base_path, provider.id()))
    }
}

/// The parameter of the completion URL with the callback URL of the client.
const CALLBACK_URL: &str = "callbackURL";

/// The end of the path to which the production host redirects.
const COMPLETION_SUFFIX: &str = "/oauth-proxy";

/// Encrypts for this purpose, with the shared secret.
fn vault(context: &Context, config: &ProxyConfig, purpose: &str) -> Vault {
    let secrets = match &config.secret {
        Some(secret) => Secrets::single(secret.clone()),
        None => context.config.secrets.clone(),
    };
    Vault::new(secrets.derived(purpose))
}
