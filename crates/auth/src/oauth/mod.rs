//! Sign-in with providers: with any social provider of better-auth, and with any server of OAuth 2
//! or OpenID Connect.
//!
//! Endpoints: `POST sign-in/social`, `GET callback/{id}` (a posted answer redirects to it), `POST
//! link-social`, `GET account-info`, `POST get-access-token`, `POST refresh-token`, `GET
//! providers`. Tables: none of its own; sign-in writes a user and an `account`, and stores its
//! state in `verification`.
//!
//! ```text
//! social ──▶ state ──▶ provider's page ──▶ callback ──▶ state (once) ──▶ code ──▶ tokens
//!                                              ──▶ user info ──▶ sign_in, or link
//! ```
//!
//! Providers are data: see `provider::Definition`.
//!
//! better-auth's plugins around it: `proxy`, `popup` and `one_tap`, which settings open.
//!
//! Threats:
//! - An answer that another browser's sign-in began (login CSRF): a cookie binds the state.
//! - A replayed answer: a state is used once, by one statement.
//! - An intercepted code: PKCE; the redirect URI is a constant of the service.
//! - A provider that passes another provider's code on (mix-up): the state names its provider, and
//!   the answer's `iss` is checked if it has one.
//! - A foreign or old id token: issuer, audience and times are checked; signature and nonce, too,
//!   of id tokens that clients send, and of providers that a file describes. TLS replaces the
//!   signature where the token URL of a built-in provider answers (OpenID Connect Core, 3.1.3.7).
//! - Taking over an account by its address: see `sign_in`. No rule looks at an address's domain.
//! - An open redirect: targets are checked at the start, and are in the state afterwards.
//! - Requests to internal servers: addresses of providers are checked, and redirects refused.
//! - Absurd values of a provider: see `profile`.
//! - A link that outlives the session that began it: see `link`.
//! - A refresh token that two nodes use at once: see `refresh`.
//! - Secrets in logs: no code, state or token is logged.

mod access_token;
mod account_error;
mod account_info;
mod account_openapi;
mod account_selection;
mod authorization;
mod background;
mod callback;
mod callback_error;
mod config;
mod discovery;
mod error;
#[cfg(test)]
pub(crate) mod fake_provider;
mod http;
mod id_token;
mod identified;
mod input;
mod key_set;
mod link;
mod linking;
mod listing;
mod one_tap;
pub(crate) mod openapi;
mod plugin_openapi;
mod popup;
mod profile;
pub mod provider;
mod proxy;
mod refresh;
mod reply;
mod request_schemas;
mod routes;
mod sign_in;
mod social;
mod state;
mod token_endpoint;
mod tokens;

pub use self::config::{
    Config, Linking, Plugins, ProviderConfig, ProxyConfig, StateStorage, callback_url,
};
pub use self::{discovery::discovery_failure, http::is_loopback};
pub(crate) use self::{
    background::discover_providers,
    http::{HttpClient, Limits},
    key_set::KeySets,
    provider::{LogoutRequest, Providers},
    routes::{plugin_router, router},
    tokens::Tokens,
};

/// Returns the text unless it is empty: better-auth's clients send empty texts for absent values.
fn non_empty<S: AsRef<str>>(text: Option<S>) -> Option<S> {
    text.filter(|text| !text.as_ref().is_empty())
}
