//! The `Set-Cookie` headers of a response.
//!
//! This module sets and removes every cookie. A browser may hold a second cookie of the same
//! name, for another domain ([`domains`](super::domains)) or in the other form of the name, with
//! or without `__Secure-`. Setting or removing our cookie does not change the second one, and
//! browsers send the older one first. Therefore the second cookie is removed, too, when a cookie
//! of the request is removed or replaced: a browser holds none that it does not send. The lines
//! that remove cookies precede the line that sets one, because some clients keep one cookie per
//! name and use the last line.
//!
//! A request with one valid cookie, whose session continues, gets better-auth's lines only.

use std::cell::OnceCell;

use axum::http::{HeaderMap, HeaderValue};
use chrono::TimeDelta;
use percent_encoding::{percent_decode_str, utf8_percent_encode};

use super::{
    Cookies, DONT_REMEMBER, KNOWN_DEVICE, MAX_AGE, POPUP, SEALED_STATE, SESSION_DATA,
    SESSION_TOKEN, STATE, read,
};
use crate::context::COMPONENT;

/// Builds the `Set-Cookie` lines of the response to a request.
pub(crate) struct SetCookies<'a> {
    cookies: &'a Cookies,
    request: &'a HeaderMap,
    /// Whether the request had another session cookie than the one that is set.
    replaces: bool,
    lines: Vec<HeaderValue>,
    /// The names of the request's cookies, parsed once.
    names: OnceCell<Vec<String>>,
    /// Whether another service uses the names without, and with, `__Secure-`.
    shared: [OnceCell<bool>; 2],
}

impl Cookies {
    /// Begins the `Set-Cookie` lines for the response to `request`.
    pub(crate) fn set_cookies<'a>(&'a self, request: &'a HeaderMap) -> SetCookies<'a> {
        SetCookies {
            cookies: self,
            request,
            replaces: false,
            lines: Vec::new(),
            names: OnceCell::new(),
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

    /// Marks the session as a browser session.
    pub(crate) fn dont_remember(&mut self) {
        let value = self.cookies.signer.sign("true");
        self.set(DONT_REMEMBER, &value, None, self.replaces);
    }

    /// Removes the mark of a browser session.
    pub(crate) fn expire_dont_remember(&mut self) {
        self.expire(DONT_REMEMBER);
    }

    /// Marks the browser as a known device, for `life` or until it closes.
    pub(crate) fn known_device(&mut self, value: &str, life: Option<TimeDelta>) {
        self.set(KNOWN_DEVICE, value, life, true);
    }

    /// Binds the state of a sign-in with a provider to the browser.
    pub(crate) fn state(&mut self, state: &str, life: TimeDelta) {
        let value = self.cookies.signer.sign(state);
        self.set(STATE, &value, Some(life), false);
    }

    /// Removes the state of a sign-in with a provider.
    pub(crate) fn expire_state(&mut self) {
        self.write(STATE, "", Some(TimeDelta::zero()));
    }

    /// Sets the encrypted data of a sign-in with a provider.
    pub(crate) fn sealed_state(&mut self, sealed: &str, life: TimeDelta) {
        self.set(SEALED_STATE, sealed, Some(life), false);
    }

    /// Removes the encrypted data of a sign-in with a provider.
    pub(crate) fn expire_sealed_state(&mut self) {
        self.write(SEALED_STATE, "", Some(TimeDelta::zero()));
    }

    /// Notes the popup window of a sign-in with a provider.
    pub(crate) fn popup(&mut self, popup: &str, life: TimeDelta) {
        let value = self.cookies.signer.sign(popup);
        self.set(POPUP, &value, Some(life), false);
    }

    /// Removes the popup window of a sign-in with a provider.
    pub(crate) fn expire_popup(&mut self) {
        self.write(POPUP, "", Some(TimeDelta::zero()));
    }

    /// Sets a signed cookie of a feature module for `life`.
    pub(crate) fn signed(&mut self, name: &str, value: &str, life: Option<TimeDelta>) {
        let value = self.cookies.signer.sign(value);
        self.set(name, &value, life, true);
    }

    /// Removes a cookie of a feature module.
    pub(crate) fn remove(&mut self, name: &str) {
        self.expire(name);
    }

    /// Removes the session's token and the cached session. The mark of a browser session stays.
    pub(crate) fn expire_token(&mut self) {
        self.expire(SESSION_TOKEN);
        self.expire_cache();
    }

    /// Removes every cookie of the session. The cookie of the known device stays.
    pub(crate) fn expire_session(&mut self) {
        self.expire_token();
        self.expire(DONT_REMEMBER);
    }

    /// Sets the cached session, in chunks if it is long, and removes the remaining cookies of the
    /// old one: a whole cookie would take precedence over the chunks.
    pub(crate) fn cache(&mut self, value: &str, life: Option<TimeDelta>) {
        let held = self.cookies.cache_names(self.request);
        let chunks = self.cookies.split(value, life);
        let stale = held.iter().filter(|held| chunks.iter().all(|(name, _)| name != *held));
        for name in stale {
            self.expire(name);
        }
        for (name, chunk) in chunks {
            self.set(&name, chunk, life, self.replaces);
        }
    }

    /// Removes the cached session.
    pub(crate) fn expire_cache(&mut self) {
        self.expire(SESSION_DATA);
        let names = self.cookies.cache_names(self.request).into_iter();
        for name in names.filter(|name| name != SESSION_DATA) {
            self.expire(&name);
        }
    }

    /// Removes the cookies of a cached session that the request has.
    pub(crate) fn expire_cache_of_request(&mut self) {
        for name in self.cookies.cache_names(self.request) {
            self.expire(&name);
        }
    }

    /// Removes a cookie for every domain and form for which the browser may hold it.
    fn expire(&mut self, name: &str) {
        self.expire_elsewhere(name, true);
        self.write(name, "", Some(TimeDelta::zero()));
    }

    /// Sets a cookie for its configured domain.
    fn set(&mut self, name: &str, value: &str, life: Option<TimeDelta>, replaces: bool) {
        self.expire_elsewhere(name, replaces);
        self.write(name, value, life);
    }

    /// Removes cookies of this name for other domains than the configured one, if the request has
    /// one that the response `replaces`, or more than one.
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

    /// The number of the request's cookies with this full name.
    fn count(&self, name: &str) -> usize {
        let read =
            || read::cookies(self.request, "").map(|cookie| cookie.name().to_owned()).collect();
        self.names.get_or_init(read).iter().filter(|found| *found == name).count()
    }

    fn write(&mut self, name: &str, value: &str, life: Option<TimeDelta>) {
        let config = &self.cookies.config;
        let domain = config.domain.as_deref();
        self.lines.push(self.cookies.line(config.secure, name, value, domain, life));
    }
}

impl Cookies {
    /// Whether a request has a session cookie that this service did not sign. Such a cookie
    /// belongs to a service of another subdomain and must not be removed.
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
        let value = utf8_percent_encode(value, COMPONENT);
        let cookie = format!("{name}={value}{}", self.attributes(secure, domain, life));
        #[expect(clippy::expect_used, reason = "an encoded value is visible ASCII")]
        HeaderValue::from_str(&cookie).expect("visible ASCII")
    }

    /// The attributes of a cookie for the configured domain.
    pub(super) fn own_attributes(&self, life: Option<TimeDelta>) -> String {
        self.attributes(self.config.secure, self.config.domain.as_deref(), life)
    }

    fn attributes(&self, secure: bool, domain: Option<&str>, life: Option<TimeDelta>) -> String {
        let max_age = life.map_or(String::new(), |life| {
            format!("; Max-Age={}", life.num_seconds().clamp(0, MAX_AGE))
        });
        let domain = domain.map_or(String::new(), |domain| format!("; Domain={domain}"));
        let secure = if secure || self.config.secure { "; Secure" } else { "" };
        let same_site = self.config.same_site.as_str();
        format!("{max_age}{domain}; Path=/; HttpOnly{secure}; SameSite={same_site}")
    }

    /// Whether a `Set-Cookie` line belongs to a known device.
    pub(crate) fn is_known_device(&self, set_cookie: &HeaderValue) -> bool {
        let name = set_cookie.as_bytes().split(|byte| *byte == b'=').next();
        let forms = [true, false].map(|secure| self.config.name(secure, KNOWN_DEVICE));
        forms.iter().any(|form| name == Some(form.as_bytes()))
    }

    /// The signed token that a `Set-Cookie` line sets, if it sets one.
    pub(crate) fn token_in(&self, set_cookie: &HeaderValue) -> Option<HeaderValue> {
        let (name, rest) = set_cookie.to_str().ok()?.split_once('=')?;
        let value = rest.split(';').next().filter(|value| !value.is_empty())?;
        if name != self.name(SESSION_TOKEN) {
            return None;
        }
        HeaderValue::from_str(&percent_decode_str(value).decode_utf8().ok()?).ok()
    }
}
