//! The cookies: their names, attributes and signatures.
//!
//! better-auth writes the attributes in the order `Max-Age; Domain; Path; HttpOnly; Secure;
//! SameSite` and no `Expires`. The crate `cookie` has another order, so cookies are read
//! by it and written here.
//!
//! A browser may send several cookies of one name, see `scope`. better-auth takes the
//! first, so that a user whose first one is dead is locked out until it expires. Here each
//! one that we signed is a candidate.

mod chunks;
mod config;
mod domains;
mod read;
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

pub use self::config::{Config, SameSite};
pub(crate) use self::set_cookies::SetCookies;

const SESSION_TOKEN: &str = "session_token";
/// The cached session, see [`pieces`].
const SESSION_DATA: &str = "session_data";
const DONT_REMEMBER: &str = "dont_remember";
/// The browser in which somebody signed in, see [`password`](crate::password).
const KNOWN_DEVICE: &str = "known_device";
/// Browsers keep no cookie longer: 400 days.
const LONGEST: i64 = 34_560_000;
/// How many cookies of one name are looked at: a browser holds one for each domain of the
/// host.
const CANDIDATES: usize = 8;

/// Reads and writes the service's cookies.
pub(crate) struct Cookies {
    config: Config,
    /// The domains but the configured one for which browsers may hold cookies of our names.
    other_domains: Vec<Option<String>>,
    signer: Signer,
}

impl Cookies {
    /// The cookies of a service that browsers find at `base`.
    pub(crate) fn new(config: Config, base: &Url, secrets: &Secrets) -> Self {
        let other_domains = domains::others(base, config.domain.as_deref());
        Self { config, other_domains, signer: Signer::new(secrets) }
    }

    /// What signs the cookies, for tokens that come in other headers.
    pub(crate) fn signer(&self) -> &Signer {
        &self.signer
    }

    /// The tokens of the session's cookies whose signature is right, in the request's order
    /// and each once. There are few, as each may be looked up.
    pub(crate) fn session_tokens(&self, headers: &HeaderMap) -> Vec<String> {
        self.first_session_tokens(headers, CANDIDATES)
    }

    /// All of them, for what ends their sessions.
    pub(crate) fn all_session_tokens(&self, headers: &HeaderMap) -> Vec<String> {
        self.first_session_tokens(headers, usize::MAX)
    }

    fn first_session_tokens(&self, headers: &HeaderMap, most: usize) -> Vec<String> {
        let mut tokens = Vec::new();
        if !headers.contains_key(COOKIE) {
            return tokens;
        }
        for value in read::values(headers, &self.name(SESSION_TOKEN)) {
            let token = self.signer.verify(&value).map(str::to_owned);
            tokens.extend(token.filter(|token| !tokens.contains(token)));
            if tokens.len() == most {
                break;
            }
        }
        tokens
    }

    /// Whether the user asked to be forgotten when the browser closes.
    pub(crate) fn is_browser_session(&self, headers: &HeaderMap) -> bool {
        let name = self.name(DONT_REMEMBER);
        read::values(headers, &name).any(|value| self.signer.verify(&value).is_some())
    }

    /// What the cookies of known devices say, unchecked.
    pub(crate) fn known_devices(&self, headers: &HeaderMap) -> Vec<String> {
        read::values(headers, &self.name(KNOWN_DEVICE)).take(CANDIDATES).collect()
    }

    /// Removes every cookie of the session that `headers` may have brought. The device
    /// stays known.
    pub(crate) fn expire_all(&self, headers: &HeaderMap) -> Vec<HeaderValue> {
        let mut changes = self.changes(headers);
        changes.expire_session();
        changes.into_lines()
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

/// Adds the lines that are not there.
pub(crate) fn add(headers: &mut HeaderMap, cookies: impl IntoIterator<Item = HeaderValue>) {
    for cookie in cookies {
        if !headers.get_all(SET_COOKIE).iter().any(|line| *line == cookie) {
            headers.append(SET_COOKIE, cookie);
        }
    }
}

#[cfg(test)]
mod tests;
