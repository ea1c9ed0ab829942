//! The cookies: their names, attributes and signatures.
//!
//! better-auth writes the attributes in the order `Max-Age; Domain; Path; HttpOnly; Secure;
//! SameSite` and no `Expires`. The crate `cookie` has another order, so it only parses cookies;
//! this module writes them.
//!
//! A browser may send several cookies of one name, see `domains`. better-auth uses the first, so
//! a user whose first cookie is invalid is locked out until it expires. Here every signed cookie
//! is a candidate.

mod chunks;
mod config;
mod domains;
mod read;
mod readable;
mod set_cookies;

use axum::{
    http::{
        HeaderMap, HeaderValue,
        header::{COOKIE, SET_COOKIE},
    },
    response::Response,
};
use crypto::{Secrets, Signer};
use url::Url;

use self::config::SESSION_TOKEN;
pub use self::config::{Config, SameSite};
pub(crate) use self::{chunks::MAX_COOKIE_LEN, set_cookies::SetCookies};

/// The cached session, see [`chunks`].
const SESSION_DATA: &str = "session_data";
const DONT_REMEMBER: &str = "dont_remember";
/// A browser in which a user signed in, see [`password`](crate::password).
const KNOWN_DEVICE: &str = "known_device";
/// The signed state of a sign-in with a provider, whose data the server stores.
const STATE: &str = "state";
/// The encrypted data of a sign-in with a provider.
const SEALED_STATE: &str = "oauth_state";
/// The popup window of a sign-in with a provider.
const POPUP: &str = "oauth_popup";
/// The maximum age of cookies in browsers in seconds: 400 days.
const MAX_AGE: i64 = 34_560_000;
/// The maximum number of cookies of one name that are read: a browser holds one for each domain
/// of the host.
const CANDIDATES: usize = 8;

/// Reads and writes the service's cookies.
pub(crate) struct Cookies {
    config: Config,
    /// The domains, except the configured one, for which browsers may hold cookies of these
    /// names.
    other_domains: Vec<Option<String>>,
    signer: Signer,
}

impl Cookies {
    /// The cookies of a service at the URL `base`.
    pub(crate) fn new(config: Config, base: &Url, secrets: &Secrets) -> Self {
        let other_domains = domains::others(base, config.domain.as_deref());
        Self { config, other_domains, signer: Signer::new(secrets) }
    }

    /// The signer of the cookies, for tokens in other headers.
    pub(crate) fn signer(&self) -> &Signer {
        &self.signer
    }

    /// The tokens of the session cookies with a valid signature, in the request's order and each
    /// once. Their number is limited, as each may be looked up.
    pub(crate) fn session_tokens(&self, headers: &HeaderMap) -> Vec<String> {
        self.first_session_tokens(headers, CANDIDATES)
    }

    /// All such tokens, for ending their sessions.
    pub(crate) fn all_session_tokens(&self, headers: &HeaderMap) -> Vec<String> {
        self.first_session_tokens(headers, usize::MAX)
    }

    fn first_session_tokens(&self, headers: &HeaderMap, limit: usize) -> Vec<String> {
        let mut tokens = Vec::new();
        if !headers.contains_key(COOKIE) {
            return tokens;
        }
        for value in read::values(headers, &self.name(SESSION_TOKEN)) {
            let token = self.signer.verify(&value).map(str::to_owned);
            tokens.extend(token.filter(|token| !tokens.contains(token)));
            if tokens.len() == limit {
                break;
            }
        }
        tokens
    }

    /// Whether the session ends when the browser closes.
    pub(crate) fn is_browser_session(&self, headers: &HeaderMap) -> bool {
        let name = self.name(DONT_REMEMBER);
        read::values(headers, &name).any(|value| self.signer.verify(&value).is_some())
    }

    /// The values of the cookies of known devices, unchecked.
    pub(crate) fn known_devices(&self, headers: &HeaderMap) -> Vec<String> {
        read::values(headers, &self.name(KNOWN_DEVICE)).take(CANDIDATES).collect()
    }

    /// The states of the sign-ins with providers that this browser began, if their signature is
    /// valid.
    pub(crate) fn states(&self, headers: &HeaderMap) -> Vec<String> {
        self.signed(headers, STATE)
    }

    /// The popup windows of sign-ins with providers, if their signature is valid.
    pub(crate) fn popups(&self, headers: &HeaderMap) -> Vec<String> {
        self.signed(headers, POPUP)
    }

    /// The values of the cookies of a name with a valid signature, without it.
    pub(crate) fn signed(&self, headers: &HeaderMap, name: &str) -> Vec<String> {
        let name = self.name(name);
        let values = read::values(headers, &name).take(CANDIDATES);
        values.filter_map(|value| self.signer.verify(&value).map(str::to_owned)).collect()
    }

    /// The cookies with a valid signature whose names begin with `start`: the rest of their names,
    /// and their values without the signature. Each once, in the request's order.
    pub(crate) fn signed_beginning(
        &self,
        headers: &HeaderMap,
        start: &str,
    ) -> Vec<(String, String)> {
        let start = self.name(start);
        let mut found = Vec::new();
        for cookie in read::cookies(headers, &start) {
            let Some(rest) = cookie.name().strip_prefix(&start) else { continue };
            let value = read::decoded(&cookie);
            let pair = self.signer.verify(&value).map(|value| (rest.to_owned(), value.to_owned()));
            found.extend(pair.filter(|pair| !found.contains(pair)));
        }
        found
    }

    /// The encrypted data of such sign-ins.
    pub(crate) fn sealed_states(&self, headers: &HeaderMap) -> Vec<String> {
        let name = self.name(SEALED_STATE);
        let values = read::values(headers, &name).take(CANDIDATES);
        values.filter(|value| !value.is_empty()).collect()
    }

    /// Removes every cookie of the session, as far as the browser may hold it. The cookie of the
    /// known device stays.
    pub(crate) fn expire_all(&self, headers: &HeaderMap) -> Vec<HeaderValue> {
        let mut set_cookies = self.set_cookies(headers);
        set_cookies.expire_session();
        set_cookies.into_lines()
    }

    fn name(&self, name: &str) -> String {
        self.config.name(self.config.secure, name)
    }
}

/// `response`, setting `cookies`.
pub(crate) fn with(mut response: Response, cookies: Vec<HeaderValue>) -> Response {
    add(response.headers_mut(), cookies);
    response
}

/// Adds the lines that the headers do not have.
pub(crate) fn add(headers: &mut HeaderMap, cookies: impl IntoIterator<Item = HeaderValue>) {
    for cookie in cookies {
        if !headers.get_all(SET_COOKIE).iter().any(|line| *line == cookie) {
            headers.append(SET_COOKIE, cookie);
        }
    }
}

#[cfg(test)]
mod tests;
