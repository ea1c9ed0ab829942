//! Which cookies an answer sets for a session.

use axum::http::{HeaderMap, HeaderValue};
use chrono::TimeDelta;
use domain::User;

use super::{
    Session,
    proof::{Lifetime, Proof},
    service::Active,
};
use crate::{context::Context, cookie::Changes};

impl Active {
    /// The session's cookies, as far as they change: its own if it was extended, or came
    /// beside another's that has ended, and the cached one if the cache `is_written`. None to
    /// who came without a cookie.
    pub(crate) fn cookies(
        &self,
        context: &Context,
        headers: &HeaderMap,
        is_written: bool,
    ) -> Vec<HeaderValue> {
        if !self.proof.is_cookie() {
            return Vec::new();
        }
        let (Self { session, user, .. }, lifetime) = (self, self.proof.lifetime());
        if self.extended {
            return issued(context, session, user, lifetime, headers);
        }
        if self.beside_dead && !context.cookies.is_shared(headers) {
            let life = session.expires_at - context.clock.now();
            return set(context, session, user, lifetime, life, headers);
        }
        let mut changes = context.cookies.changes(headers);
        // As in better-auth, the cache of a session without "remember me" is written once.
        if is_written && lifetime == Lifetime::Remembered {
            cache(context, session, user, lifetime, &mut changes);
        }
        changes.into_lines()
    }
}

/// The cookies of a session that has just begun, or whose user's data changed.
pub(crate) fn issued(
    context: &Context,
    session: &Session,
    user: &User,
    lifetime: Lifetime,
    headers: &HeaderMap,
) -> Vec<HeaderValue> {
    set(context, session, user, lifetime, context.session.expires_in, headers)
}

/// The cookies of a session, which live for `life` if "remember me" is on.
fn set(
    context: &Context,
    session: &Session,
    user: &User,
    lifetime: Lifetime,
    life: TimeDelta,
    headers: &HeaderMap,
) -> Vec<HeaderValue> {
    let token = session.token.as_str();
    let mut changes = context.cookies.changes(headers);
    match lifetime {
        Lifetime::Remembered => {
            changes.session(token, Some(life));
            if context.cookies.is_fleeting(headers) {
                changes.expire_dont_remember();
            }
        }
        Lifetime::Fleeting => {
            changes.session(token, None);
            changes.dont_remember();
        }
    }
    cache(context, session, user, lifetime, &mut changes);
    changes.into_lines()
}

/// Sets the cached session, if sessions are cached.
fn cache(
    context: &Context,
    session: &Session,
    user: &User,
    lifetime: Lifetime,
    changes: &mut Changes<'_>,
) {
    let Some(cache) = &context.session_cache else { return };
    let life = (lifetime == Lifetime::Remembered).then(|| cache.max_age());
    let value = cache.write(session, user, lifetime, context.clock.now());
    changes.cache(&value, life);
}

/// Removes the cached session that a request carries, which is not read: sessions are not
/// cached, or it `may_be_read` and does not count.
pub(super) fn void_cache(
    context: &Context,
    headers: &HeaderMap,
    may_be_read: bool,
) -> Vec<HeaderValue> {
    let is_cached = context.session_cache.is_some();
    if is_cached && !may_be_read || !context.cookies.has_cache(headers) {
        return Vec::new();
    }
    let mut changes = context.cookies.changes(headers);
    if is_cached {
        changes.expire_cache();
    } else {
        changes.expire_carried_cache();
    }
    changes.into_lines()
}

/// `Set-Cookie` lines that remove the cookies of an ended session.
pub(super) fn expired(context: &Context, headers: &HeaderMap) -> Vec<HeaderValue> {
    match Proof::of(context, headers) {
        Some(_) => context.cookies.expire_all(headers),
        None => Vec::new(),
    }
}
