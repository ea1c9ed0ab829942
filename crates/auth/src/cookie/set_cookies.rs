//! What an answer does to the browser's cookies.
//!
//! Every cookie that is set or removed passes through here. A browser may hold a second
//! cookie of the name, for another domain ([`scope`](super::scope)) or in the other form of
//! the name, with or without `__Secure-`. It stays when the own one is set or removed, and
//! browsers send the older one first. Therefore it is removed along with what removes or
//! replaces a cookie that the request carried: a browser holds none that it does not send.
//! The lines that remove stand before the one that sets, as some programs keep one cookie
//! for a name and take the last line.
//!
//! A request with one good cookie, whose session goes on, gets better-auth's lines alone.

use std::cell::OnceCell;

use axum::http::{HeaderMap, HeaderValue};
use chrono::TimeDelta;
use percent_encoding::percent_decode_str;
use url::form_urlencoded;

use super::{Cookies, DONT_REMEMBER, KNOWN_DEVICE, LONGEST, SESSION_DATA, SESSION_TOKEN, read};

/// `Set-Cookie` lines for the answer to a request.
pub(crate) struct SetCookies<'a> {
    cookies: &'a Cookies,
    request: &'a HeaderMap,
    /// Whether the request carried anything else than the session that is set.
    replaces: bool,
    lines: Vec<HeaderValue>,
    /// The names of the request's cookies, read once: there may be many to remove.
    carried: OnceCell<Vec<String>>,
    /// Whether another service shares the names without, and with, `__Secure-`.
    shared: [OnceCell<bool>; 2],
}

impl Cookies {
    /// SetCookies of the cookies that came with `request`.
    pub(crate) fn changes<'a>(&'a self, request: &'a HeaderMap) -> SetCookies<'a> {
        SetCookies {
            cookies: self,
            request,
            replaces: false,
            lines: Vec::new(),
            carried: OnceCell::new(),
            shared: [OnceCell::new(), OnceCell::new()],
        }
    }
}

impl SetCookies<'_> {
    pub(crate) fn into_lines(self) -> Vec<HeaderValue> {
        self.lines
    }

    /// Sets the session's token for `life`, or until the browser closes.
    pub(crate) fn session(&mut self, token: &str, life: Option<TimeDelta>) {
        let value = self.cookies.signer.sign(token);
        let name = self.cookies.name(SESSION_TOKEN);
        let held: Vec<_> = read::values(self.request, &name).collect();
        self.replaces = held.is_empty() || held.iter().any(|held| *held != value);
        self.set(SESSION_TOKEN, &value, life, self.replaces);
    }

    /// Notes that the session ends with the browser.
    pub(crate) fn dont_remember(&mut self) {
        let value = self.cookies.signer.sign("true");
        self.set(DONT_REMEMBER, &value, None, self.replaces);
    }

    /// Removes the note that the session ends with the browser.
    pub(crate) fn expire_dont_remember(&mut self) {
        self.expire(DONT_REMEMBER);
    }

    /// Marks the browser as one that signed in, for `life` or until it closes.
    pub(crate) fn known_device(&mut self, value: &str, life: Option<TimeDelta>) {
        self.set(KNOWN_DEVICE, value, life, true);
    }

    /// Removes every cookie of the session. The device stays known.
    pub(crate) fn expire_session(&mut self) {
        self.expire(SESSION_TOKEN);
        self.expire_cache();
        self.expire(DONT_REMEMBER);
    }

    /// Sets the cached session, in pieces if it is long, and removes what it leaves of
    /// the one before: a whole one that stayed beside the pieces would count.
    pub(crate) fn cache(&mut self, value: &str, life: Option<TimeDelta>) {
        let held = self.cookies.cache_names(self.request);
        let pieces = self.cookies.split(value, life);
        let stale = held.iter().filter(|held| pieces.iter().all(|(name, _)| name != *held));
        for name in stale {
            self.expire(name);
        }
        for (name, piece) in pieces {
            self.set(&name, piece, life, self.replaces);
        }
    }

    /// Removes the cached session.
    pub(crate) fn expire_cache(&mut self) {
        self.expire(SESSION_DATA);
        let pieces = self.cookies.cache_names(self.request).into_iter();
        for name in pieces.filter(|name| name != SESSION_DATA) {
            self.expire(&name);
        }
    }

    /// Removes what the request carried of a cached session.
    pub(crate) fn expire_carried_cache(&mut self) {
        for name in self.cookies.cache_names(self.request) {
            self.expire(&name);
        }
    }

    /// Removes a cookie, wherever the browser may hold it.
    fn expire(&mut self, name: &str) {
        self.expire_elsewhere(name, true);
        self.write(name, "", Some(TimeDelta::zero()));
    }

    /// Sets a cookie in its configured scope.
    fn set(&mut self, name: &str, value: &str, life: Option<TimeDelta>, replaces: bool) {
        self.expire_elsewhere(name, replaces);
        self.write(name, value, life);
    }

    /// Removes what the request carried under this name, but in the configured scope: if the
    /// answer `replaces` it, or if there is more than one.
    fn expire_elsewhere(&mut self, name: &str, replaces: bool) {
        let Cookies { config, other_domains, .. } = self.cookies;
        for secure in [config.secure, !config.secure] {
            let held = self.count(&config.name(secure, name));
            let is_own = secure == config.secure;
            let is_stale = is_own && held > 1 || held > 0 && replaces;
            let [plain, prefixed] = &self.shared;
            let shared = if secure { prefixed } else { plain };
            let is_shared = || self.cookies.is_shared_in(self.request, secure);
            if !is_stale || *shared.get_or_init(is_shared) {
                continue;
            }
            let own_domain = (!is_own).then_some(&config.domain);
            for domain in own_domain.into_iter().chain(other_domains) {
                let end = Some(TimeDelta::zero());
                self.lines.push(self.cookies.line(secure, name, "", domain.as_deref(), end));
            }
        }
    }

    /// How many cookies of this whole name the request carried.
    fn count(&self, name: &str) -> usize {
        let read =
            || read::cookies(self.request, "").map(|cookie| cookie.name().to_owned()).collect();
        self.carried.get_or_init(read).iter().filter(|carried| *carried == name).count()
    }

    fn write(&mut self, name: &str, value: &str, life: Option<TimeDelta>) {
        let config = &self.cookies.config;
        let domain = config.domain.as_deref();
        self.lines.push(self.cookies.line(config.secure, name, value, domain, life));
    }
}

impl Cookies {
    /// Whether a request carries a session's cookie that we did not sign: another service
    /// of another subdomain has one of the same name, which is not ours to remove.
    pub(crate) fn is_shared(&self, request: &HeaderMap) -> bool {
        self.is_shared_in(request, self.config.secure)
    }

    fn is_shared_in(&self, request: &HeaderMap, secure: bool) -> bool {
        read::values(request, &self.config.name(secure, SESSION_TOKEN))
            .any(|value| !value.is_empty() && self.signer.verify(&value).is_none())
    }

    fn line(
        &self,
        secure: bool,
        name: &str,
        value: &str,
        domain: Option<&str>,
        life: Option<TimeDelta>,
    ) -> HeaderValue {
        let name = self.config.name(secure, name);
        // Tokens, dots and base64 need no more than this of `encodeURIComponent`.
        let value: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
        let cookie = format!("{name}={value}{}", self.attributes(secure, domain, life));
        #[expect(clippy::expect_used, reason = "an encoded value is visible ASCII")]
        HeaderValue::from_str(&cookie).expect("visible ASCII")
    }

    /// The attributes of a cookie in the configured scope.
    pub(super) fn own_attributes(&self, life: Option<TimeDelta>) -> String {
        self.attributes(self.config.secure, self.config.domain.as_deref(), life)
    }

    fn attributes(&self, secure: bool, domain: Option<&str>, life: Option<TimeDelta>) -> String {
        let max_age = life.map_or(String::new(), |life| {
            format!("; Max-Age={}", life.num_seconds().clamp(0, LONGEST))
        });
        let domain = domain.map_or(String::new(), |domain| format!("; Domain={domain}"));
        let secure = if secure || self.config.secure { "; Secure" } else { "" };
        let same_site = self.config.same_site.as_str();
        format!("{max_age}{domain}; Path=/; HttpOnly{secure}; SameSite={same_site}")
    }

    /// Whether a `Set-Cookie` is of a known device.
    pub(crate) fn is_known_device(&self, set_cookie: &HeaderValue) -> bool {
        let name = set_cookie.as_bytes().split(|byte| *byte == b'=').next();
        let forms = [true, false].map(|secure| self.config.name(secure, KNOWN_DEVICE));
        forms.iter().any(|form| name == Some(form.as_bytes()))
    }

    /// The signed token that a `Set-Cookie` sets, if it sets one.
    pub(crate) fn token_in(&self, set_cookie: &HeaderValue) -> Option<HeaderValue> {
        let (name, rest) = set_cookie.to_str().ok()?.split_once('=')?;
        let value = rest.split(';').next().filter(|value| !value.is_empty())?;
        if name != self.name(SESSION_TOKEN) {
            return None;
        }
        HeaderValue::from_str(&percent_decode_str(value).decode_utf8().ok()?).ok()
    }
}
