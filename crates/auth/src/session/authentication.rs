//! Which user sent a request, and whether sessions seen before are still valid.

use std::{collections::HashMap, fmt};

use axum::http::{HeaderMap, HeaderValue};
use domain::{Clock, CurrentUser, Result, User};

use super::{
    Config, Session, Store, Token,
    credential::Credential,
    service::{self, Active, resolve},
};
use crate::{context::Context, plugin::Plugins, redis::Redis};

/// The user who sent a request.
#[derive(Clone, Debug)]
pub struct Authenticated {
    /// The user and their session.
    pub user: CurrentUser,
    /// Identifies the session in later calls of
    /// [`Auth::still_signed_in`](crate::Auth::still_signed_in).
    pub key: SessionKey,
    /// `Set-Cookie` headers for the response, when the session was extended. They contain the
    /// session's token.
    pub set_cookies: Vec<HeaderValue>,
}

/// Identifies a session by its token, which `Debug` does not show.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SessionKey(Token);

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey")
    }
}

/// The user of a session as the ability's rules see them, and the session's key.
fn with_key(session: Session, user: User) -> (CurrentUser, SessionKey) {
    (session.viewer(user), SessionKey(session.token))
}

/// Finds the user of a request and extends the session if that is due. Never reads the cached
/// session, so that a revoked session is refused at once.
pub(crate) async fn authenticate(
    context: &Context,
    headers: &HeaderMap,
) -> Result<Option<Authenticated>> {
    let Some(active) = service::active(context, headers).await? else { return Ok(None) };
    let set_cookies = active.cookies(context, headers, true);
    let Active { session, user, .. } = active;
    let (user, key) = with_key(session, user);
    Ok(Some(Authenticated { user, key, set_cookies }))
}

/// Finds the user of a request. Does not extend the session.
pub(crate) async fn recognize(
    context: &Context,
    headers: &HeaderMap,
) -> Result<Option<(CurrentUser, SessionKey)>> {
    let Some(credential) = Credential::of(context, headers) else { return Ok(None) };
    let active = resolve(context, credential, false).await?;
    Ok(active.map(|Active { session, user, .. }| with_key(session, user)))
}

/// Returns those of the sessions that have not ended, with the current data of their users.
/// Extends none of them. The number of statements does not depend on the number of sessions.
/// Expired sessions are deleted, so that they stay ended even if the clock goes back.
pub(crate) async fn still_signed_in(
    context: &Context,
    keys: &[SessionKey],
) -> Result<HashMap<SessionKey, CurrentUser>> {
    let tokens: Vec<_> = keys.iter().map(|SessionKey(token)| token.clone()).collect();
    let (store, now) = (Store::of(context), context.clock.now());
    let found = store.find_many(context.db.reader(), &tokens).await?;
    let (active, expired): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|(session, _)| session.expires_at >= now);
    for (session, _) in &expired {
        store.delete(context.db.writer(), session).await?;
    }
    let active = active.into_iter();
    Ok(active
        .map(|(session, user)| {
            let (user, key) = with_key(session, user);
            (key, user)
        })
        .collect())
}

/// Updates the copies of a user in Redis, from which better-auth on Node answers, after a
/// command changed the user's row. Bookplate itself reads the row.
pub async fn user_changed(
    redis: Redis,
    config: &Config,
    plugins: &Plugins,
    clock: &Clock,
    user: &User,
) -> Result<()> {
    Store::new(Some(&redis), clock, config, plugins).user_changed(user).await
}
