//! Whether sessions that were shown once still count: for connections that stay open.

use std::{collections::HashMap, fmt};

use axum::http::HeaderMap;
use domain::{CurrentUser, Result, User};

use super::{
    Session, Token,
    proof::Proof,
    service::{Active, resolve},
};
use crate::context::Context;

/// Names a session that was shown, to ask for it again. It holds the session's token,
/// which `Debug` does not show.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SessionKey(Token);

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey")
    }
}

/// The user of a session as the rules know them, and the session's key.
pub(super) fn known(session: Session, user: User) -> (CurrentUser, SessionKey) {
    let User { id, email, name, role, .. } = user;
    let user = CurrentUser { id, email, name, role, session_id: session.id };
    (user, SessionKey(session.token))
}

/// Who sent a request. Extends nothing.
pub(crate) async fn recognise(
    context: &Context,
    headers: &HeaderMap,
) -> Result<Option<(CurrentUser, SessionKey)>> {
    let Some(proof) = Proof::of(context, headers) else { return Ok(None) };
    let active = resolve(context, proof, false).await?;
    Ok(active.map(|Active { session, user, .. }| known(session, user)))
}

/// Those of these sessions that have not ended, with their users as they are now. None
/// is extended by this. A few questions, however many sessions there are; those that have
/// expired end for good, whatever the clock says later.
pub(crate) async fn still_signed_in(
    context: &Context,
    keys: &[SessionKey],
) -> Result<HashMap<SessionKey, CurrentUser>> {
    let tokens: Vec<_> = keys.iter().map(|SessionKey(token)| token.clone()).collect();
    let now = context.clock.now();
    let found = context.sessions.find_many(context.db.reader(), &tokens).await?;
    let (active, expired): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|(session, _)| session.expires_at >= now);
    for (session, _) in &expired {
        context.sessions.delete(context.db.writer(), session).await?;
    }
    let active = active.into_iter();
    Ok(active
        .map(|(session, user)| {
            let (user, key) = known(session, user);
            (key, user)
        })
        .collect())
}
