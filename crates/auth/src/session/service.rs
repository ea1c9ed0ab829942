//! Whose session it is, and whether it still is one.

use axum::http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{Result, SessionId, User, UserId};
use sea_orm::ConnectionTrait;

use super::{Config, Session, Token, store};
use crate::{context::Context, extract::Client};

/// How long a session lives that shall not be remembered.
const FLEETING: TimeDelta = TimeDelta::hours(24);

/// Whether the session survives the browser's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lifetime {
    /// [`Config::expires_in`], extended by use.
    Remembered,
    /// A day, in a cookie that the browser forgets.
    Fleeting,
}

/// What a request shows to be somebody.
pub(super) struct Credential {
    token: Token,
    carrier: Carrier,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Carrier {
    Cookie(Lifetime),
    Bearer,
}

impl Credential {
    /// A bearer token counts before a cookie, unless its signature is wrong.
    pub(super) fn of(context: &Context, headers: &HeaderMap) -> Option<Self> {
        if let Some(token) = bearer(context, headers) {
            return Some(Self { token: Token(token), carrier: Carrier::Bearer });
        }
        let token = context.cookies.session_token(headers)?;
        let fleeting = context.cookies.is_fleeting(headers);
        let lifetime = if fleeting { Lifetime::Fleeting } else { Lifetime::Remembered };
        Some(Self { token: Token(token), carrier: Carrier::Cookie(lifetime) })
    }

    /// Cookies that show a session which is no more shall go.
    pub(super) fn expired(&self, context: &Context) -> Vec<HeaderValue> {
        match self.carrier {
            Carrier::Cookie(_) => context.cookies.expire_all(),
            Carrier::Bearer => Vec::new(),
        }
    }
}

/// The token behind `Authorization: Bearer`: raw, or signed as in the cookie.
fn bearer(context: &Context, headers: &HeaderMap) -> Option<String> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let token = token.trim();
    if token.contains('.') {
        // A copied cookie value still has its three escapes; base64 has no `%`.
        let token = token.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
        return context.cookies.signer().verify(&token).map(str::to_owned);
    }
    Some(token.to_owned()).filter(|token| !token.is_empty())
}

/// A session that counts, and its user.
pub(super) struct Active {
    pub(super) session: Session,
    pub(super) user: User,
    extended: bool,
}

impl Active {
    /// The session's cookie anew, if the session was extended and came by cookie.
    pub(super) fn cookies(&self, context: &Context, credential: &Credential) -> Vec<HeaderValue> {
        if !self.extended || credential.carrier == Carrier::Bearer {
            return Vec::new();
        }
        let life = Some(context.sessions.expires_in);
        vec![context.cookies.session(self.session.token.as_str(), life)]
    }
}

/// The session that `credential` shows, if there is one and it has not expired;
/// extended if it `may_extend` and is due.
pub(super) async fn resolve(
    context: &Context,
    credential: &Credential,
    may_extend: bool,
) -> Result<Option<Active>> {
    let found = store::find(context.db.reader(), &credential.token).await?;
    let Some((session, user)) = found else { return Ok(None) };
    let now = context.clock.now();
    if session.expires_at < now {
        store::delete(context.db.writer(), &session.token).await?;
        return Ok(None);
    }
    let fleeting = credential.carrier == Carrier::Cookie(Lifetime::Fleeting);
    if !may_extend || fleeting || !is_due(&session, context.sessions, now) {
        return Ok(Some(Active { session, user, extended: false }));
    }
    extend(context, session, user, now).await
}

async fn extend(
    context: &Context,
    mut session: Session,
    user: User,
    now: DateTime<Utc>,
) -> Result<Option<Active>> {
    let until = now + context.sessions.expires_in;
    let due = until - context.sessions.update_age + TimeDelta::milliseconds(1);
    if store::extend(context.db.writer(), &session.id, due, until, now).await? {
        session.expires_at = until;
        session.updated_at = now;
        return Ok(Some(Active { session, user, extended: true }));
    }
    // Another request was first: it extended the session, or ended it.
    let found = store::find(context.db.writer(), &session.token).await?;
    Ok(found.map(|(session, user)| Active { session, user, extended: false }))
}

/// Whether [`Config::update_age`] has passed since the session got its end.
fn is_due(session: &Session, config: Config, now: DateTime<Utc>) -> bool {
    let life = session.expires_at - session.created_at;
    // Not to be remembered, and shown by a client that has no cookie to say so.
    let fleeting = (life - FLEETING).abs() <= TimeDelta::seconds(1) && config.expires_in > FLEETING;
    !fleeting && session.expires_at - config.expires_in + config.update_age <= now
}

/// Stores a new session of a user. Only the gate may call this.
pub(crate) async fn issue<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: &UserId,
    lifetime: Lifetime,
    client: Client,
) -> Result<Session> {
    let now = context.clock.now();
    let life = match lifetime {
        Lifetime::Remembered => context.sessions.expires_in,
        Lifetime::Fleeting => FLEETING,
    };
    let session = Session {
        id: SessionId::generate(),
        token: Token::generate(),
        user_id: user.clone(),
        expires_at: now + life,
        created_at: now,
        updated_at: now,
        ip_address: Some(client.ip),
        user_agent: Some(client.user_agent),
    };
    store::insert(db, &session).await?;
    Ok(session)
}

/// Ends the session that `credential` shows, if there is one.
pub(super) async fn end(context: &Context, credential: &Credential) -> Result<()> {
    store::delete(context.db.writer(), &credential.token).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(created_at: DateTime<Utc>, life: TimeDelta) -> Session {
        Session {
            id: SessionId::generate(),
            token: Token::generate(),
            user_id: UserId::generate(),
            expires_at: created_at + life,
            created_at,
            updated_at: created_at,
            ip_address: None,
            user_agent: None,
        }
    }

    #[test]
    fn a_session_is_extended_after_a_day() {
        let start = DateTime::UNIX_EPOCH;
        let session = session(start, TimeDelta::days(7));
        let config = Config::default();
        let day = start + TimeDelta::days(1);
        assert!(!is_due(&session, config, start));
        assert!(!is_due(&session, config, day - TimeDelta::milliseconds(1)));
        assert!(is_due(&session, config, day));
    }

    #[test]
    fn a_session_not_to_be_remembered_is_never_extended() {
        let start = DateTime::UNIX_EPOCH;
        // better-auth reads its clock twice: a millisecond may lie between.
        for life in [FLEETING, FLEETING - TimeDelta::milliseconds(1)] {
            let session = session(start, life);
            assert!(!is_due(&session, Config::default(), start + TimeDelta::hours(23)));
        }
    }

    #[test]
    fn a_service_of_short_sessions_extends_them() {
        let config = Config { expires_in: FLEETING, update_age: TimeDelta::hours(1) };
        let start = DateTime::UNIX_EPOCH;
        assert!(is_due(&session(start, FLEETING), config, start + TimeDelta::hours(2)));
    }
}
