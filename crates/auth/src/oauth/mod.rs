//! Sign-in with providers: with better-auth's social providers, and with any server of OAuth 2 or
//! OpenID Connect.
//!
//! Endpoints: `POST sign-in/social`, `GET callback/{id}` (`POST` redirects to it), `POST
//! link-social`, `GET account-info`, `POST get-access-token`, `POST refresh-token`, `GET
//! providers`. The endpoints of better-auth's plugins are in the modules `proxy`, `popup` and
//! `one_tap`. Tables: none of its own; a sign-in writes a user and a row of `account`, and stores
//! its state in `verification`.
//!
//! ```text
//! sign-in/social: create the state ──▶ authorization endpoint of the provider
//!     ──▶ callback: consume the state, exchange the code, request the user info
//!     ──▶ sign in, or link
//! ```
//!
//! `reply` has the redirects after success and errors. A TOML table describes each provider: see
//! `provider::Definition`.
//!
//! Two modules decide whether an identity is linked to an existing user: `sign_in::user` without a
//! session, and `account_linking` for a signed-in user.
//!
//! Threats:
//! - An authorization response for a sign-in that another browser began (login CSRF): a cookie
//!   binds the state to the browser.
//! - A replayed authorization response: a state is used once, by one statement.
//! - An intercepted code: PKCE; the redirect URI of a provider is constant.
//! - A code of another provider (mix-up): the state names its provider. `iss` is checked if the
//!   response has it, and is required if the discovery document promises it (RFC 9207).
//! - A forged id token, or one for another client, or an expired one: issuer, audience and times
//!   are checked. Signature and nonce are checked for id tokens from clients and from custom
//!   providers. For built-in providers in the code flow, TLS to the token endpoint replaces the
//!   signature (OpenID Connect Core, section 3.1.3.7).
//! - Signing in as another user by their email address: see `sign_in`. No rule compares domains.
//! - An open redirect: targets are checked at the start, and stored in the state.
//! - Requests to internal servers: the IP addresses of providers are checked, and redirects
//!   refused.
//! - Too long or invalid values of a provider: see `oauth::profile`.
//! - A linking that outlives the session that began it: see `link_social`.
//! - A refresh token that two nodes use at once: see `refresh`.
//! - Secrets in logs: no code, state or token is logged.

mod access_token;
mod account_error;
mod account_info;
mod account_linking;
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
mod id_token;
mod identified_user;
mod input;
mod jwks;
mod link_social;
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
mod shared_waits;
mod sign_in;
mod social;
mod state;
mod token_endpoint;
mod tokens;

pub use http_client::is_loopback;

pub use self::config::{Config, Linking, ProviderConfig, ProxyConfig, StateStorage, callback_url};
pub use self::discovery::discovery_failure;
pub(crate) use self::{
    background::discover_providers,
    jwks::JwksCache,
    provider::{LogoutRequest, Providers},
    routes::{plugin_router, router},
    shared_waits::SharedWaits,
    tokens::Tokens,
};

/// Returns the text unless it is empty: better-auth treats an empty text as absent.
fn non_empty<S: AsRef<str>>(text: Option<S>) -> Option<S> {
    text.filter(|text| !text.as_ref().is_empty())
}
