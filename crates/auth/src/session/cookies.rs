//! The cookies that a response sets for a session.

use axum::http::{HeaderMap, HeaderValue};
use chrono::TimeDelta;
use domain::User;

use super::{Lifetime, Session, credential::Credential, service::Active};
use crate::{context::Context, cookie::SetCookies, multi_session};

impl Active {
    /// The session's cookies that change: its own if it was extended, or if the request also
    /// had the cookie of an ended session, and the cached one if the cache `is_written`. Empty
    /// for a request without a session cookie.
    pub(crate) fn cookies(
        &self,
        context: &Context,
        headers: &HeaderMap,
        is_written: bool,
    ) -> Vec<HeaderValue> {
        if !self.credential.is_cookie() {
            return Vec::new();
        }
        let (Self { session, user, .. }, lifetime) = (self, self.credential.lifetime());
        if self.extended {
            return session_cookies(context, session, user, lifetime, headers);
        }
        if self.has_ended_cookie && !context.cookies.is_shared(headers) {
            let life = session.expires_at - context.clock.now();
            return set(context, session, user, lifetime, life, headers);
        }
        let mut set_cookies = context.cookies.set_cookies(headers);
        // As in better-auth, the cache of a browser session is written once.
        if is_written && lifetime == Lifetime::Remembered {
            cache(context, session, user, lifetime, &mut set_cookies);
        }
        set_cookies.into_lines()
    }
}

/// Returns the cookies of a new session, or of one whose user's data changed.
pub(crate) fn session_cookies(
    context: &Context,
    session: &Session,
    user: &User,
    lifetime: Lifetime,
    headers: &HeaderMap,
) -> Vec<HeaderValue> {
    set(context, session, user, lifetime, context.config.session.expires_in, headers)
}

/// The cookies of a session; they live for `life` unless it is a browser session.
fn set(
    context: &Context,
    session: &Session,
    user: &User,
    lifetime: Lifetime,
    life: TimeDelta,
    headers: &HeaderMap,
) -> Vec<HeaderValue> {
    let token = session.token.as_str();
    let mut set_cookies = context.cookies.set_cookies(headers);
    match lifetime {
        Lifetime::Remembered => {
            set_cookies.session(token, Some(life));
            if context.cookies.is_browser_session(headers) {
                set_cookies.expire_dont_remember();
            }
        }
        Lifetime::BrowserSession => {
            set_cookies.session(token, None);
            set_cookies.dont_remember();
        }
    }
    cache(context, session, user, lifetime, &mut set_cookies);
    let mut lines = set_cookies.into_lines();
    lines.extend(multi_session::restored(context, session, lifetime, life, headers));
    lines
}

/// Sets the cached session, if sessions are cached.
fn cache(
    context: &Context,
    session: &Session,
    user: &User,
    lifetime: Lifetime,
    set_cookies: &mut SetCookies<'_>,
) {
    let Some(cache) = &context.session_cache else { return };
    let life = (lifetime == Lifetime::Remembered).then(|| cache.max_age());
    let value = cache.write(session, user, lifetime, context.clock.now());
    set_cookies.cache(&value, life);
}

/// Removes the cached session of a request that is not used: sessions are not cached, or the
/// cached session `may_be_read` and is invalid.
pub(super) fn remove_unused_cache(
    context: &Context,
    headers: &HeaderMap,
    may_be_read: bool,
) -> Vec<HeaderValue> {
    let is_cached = context.session_cache.is_some();
    if is_cached && !may_be_read || !context.cookies.has_cache(headers) {
        return Vec::new();
    }
    let mut set_cookies = context.cookies.set_cookies(headers);
    if is_cached {
        set_cookies.expire_cache();
    } else {
        set_cookies.expire_cache_of_request();
    }
    set_cookies.into_lines()
}

/// `Set-Cookie` lines that remove the cookies of an ended session.
pub(super) fn expired(context: &Context, headers: &HeaderMap) -> Vec<HeaderValue> {
    match Credential::of(context, headers) {
        Some(_) => context.cookies.expire_all(headers),
        None => Vec::new(),
    }
}
