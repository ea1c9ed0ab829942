//! Whose session it is, and whether it still is one.

use axum::http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{Result, SessionId, User};
use sea_orm::ConnectionTrait;

use super::{Config, Session, Token};
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
pub(crate) struct Proof {
    pub(super) token: Token,
    carrier: Carrier,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Carrier {
    Cookie(Lifetime),
    Bearer,
}

impl Proof {
    /// A bearer token counts before a cookie, unless its signature is wrong.
    pub(crate) fn of(context: &Context, headers: &HeaderMap) -> Option<Self> {
        if let Some(token) = bearer(context, headers) {
            return Some(Self { token: Token(token), carrier: Carrier::Bearer });
        }
        let token = context.cookies.session_token(headers)?;
        let fleeting = context.cookies.is_fleeting(headers);
        let lifetime = if fleeting { Lifetime::Fleeting } else { Lifetime::Remembered };
        Some(Self { token: Token(token), carrier: Carrier::Cookie(lifetime) })
    }

    /// How long the session's cookie lives.
    pub(crate) fn lifetime(&self) -> Lifetime {
        match self.carrier {
            Carrier::Cookie(lifetime) => lifetime,
            Carrier::Bearer => Lifetime::Remembered,
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
    let raw = Some(token.to_owned()).filter(|token| !token.is_empty());
    raw.filter(|_| !context.session.bearer_requires_signature)
}

/// A session that counts, and its user.
pub(crate) struct Active {
    pub(crate) session: Session,
    pub(crate) user: User,
    pub(crate) proof: Proof,
    extended: bool,
}

impl Active {
    /// The session's cookies, as far as they change: its own if it was extended,
    /// and the cached one. None to who came without a cookie.
    pub(crate) fn cookies(&self, context: &Context, headers: &HeaderMap) -> Vec<HeaderValue> {
        let Carrier::Cookie(lifetime) = self.proof.carrier else { return Vec::new() };
        if self.extended {
            return issued(context, &self.session, &self.user, lifetime, headers);
        }
        cached(context, &self.session, &self.user, lifetime, headers)
    }
}

/// The cookies of a session that has just begun, or of which the user changed.
pub(crate) fn issued(
    context: &Context,
    session: &Session,
    user: &User,
    lifetime: Lifetime,
    headers: &HeaderMap,
) -> Vec<HeaderValue> {
    let token = session.token.as_str();
    let mut cookies = match lifetime {
        Lifetime::Remembered => {
            let mut cookies =
                vec![context.cookies.session(token, Some(context.session.expires_in))];
            if context.cookies.is_fleeting(headers) {
                cookies.push(context.cookies.expire_dont_remember());
            }
            cookies
        }
        Lifetime::Fleeting => {
            vec![context.cookies.session(token, None), context.cookies.dont_remember()]
        }
    };
    cookies.extend(cached(context, session, user, lifetime, headers));
    cookies
}

fn cached(
    context: &Context,
    session: &Session,
    user: &User,
    lifetime: Lifetime,
    headers: &HeaderMap,
) -> Vec<HeaderValue> {
    let Some(cache) = &context.session_cache else { return Vec::new() };
    let life = (lifetime == Lifetime::Remembered).then(|| cache.max_age());
    let value = cache.write(session, user, lifetime, context.clock.now());
    context.cookies.cache_session(&value, life, headers)
}

/// Cookies of a request that shows a session which is no more: they shall go.
pub(super) fn expired(context: &Context, headers: &HeaderMap) -> Vec<HeaderValue> {
    match Proof::of(context, headers) {
        Some(_) => context.cookies.expire_all(headers),
        None => Vec::new(),
    }
}

/// The session that a request shows, if there is one and it has not expired;
/// extended if it is due. Never from the cache.
pub(crate) async fn active(context: &Context, headers: &HeaderMap) -> Result<Option<Active>> {
    match Proof::of(context, headers) {
        // Boxed, so that who shows nothing carries no room for it.
        Some(proof) => Box::pin(resolve(context, proof, true)).await,
        None => Ok(None),
    }
}

/// The session that `proof` shows, if there is one and it has not expired; extended
/// if it `may_extend` and is due.
pub(super) async fn resolve(
    context: &Context,
    proof: Proof,
    may_extend: bool,
) -> Result<Option<Active>> {
    let found = context.sessions.find(context.db.reader(), &proof.token).await?;
    let Some((session, user)) = found else { return Ok(None) };
    let now = context.clock.now();
    if session.expires_at < now {
        context.sessions.delete(context.db.writer(), &session).await?;
        return Ok(None);
    }
    if may_extend && context.clock.is_ahead(session.updated_at) {
        // The clock went back since: the session lives for as long as it should have.
        let life = (session.expires_at - session.updated_at).min(context.session.expires_in);
        return extend(context, session, user, proof, now, now + life).await;
    }
    let fleeting = proof.carrier == Carrier::Cookie(Lifetime::Fleeting);
    let may_extend = may_extend && context.session.refresh && !fleeting;
    if !may_extend || !is_due(&session, &context.session, now) {
        return Ok(Some(Active { session, user, proof, extended: false }));
    }
    let until = now + context.session.expires_in;
    extend(context, session, user, proof, now, until).await
}

async fn extend(
    context: &Context,
    mut session: Session,
    user: User,
    proof: Proof,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Option<Active>> {
    let due = until - context.session.update_age + TimeDelta::milliseconds(1);
    let writer = context.db.writer();
    if context.sessions.extend(writer, &session, due, until, now).await? {
        session.expires_at = until;
        session.updated_at = now;
        return Ok(Some(Active { session, user, proof, extended: true }));
    }
    // Another request was first: it extended the session, or ended it.
    let found = context.sessions.find(writer, &session.token).await?;
    Ok(found.map(|(session, user)| Active { session, user, proof, extended: false }))
}

/// Whether [`Config::update_age`] has passed since the session got its end.
fn is_due(session: &Session, config: &Config, now: DateTime<Utc>) -> bool {
    let life = session.expires_at - session.created_at;
    // Not to be remembered, and shown by a client that has no cookie to say so.
    let fleeting = (life - FLEETING).abs() <= TimeDelta::seconds(1) && config.expires_in > FLEETING;
    !fleeting && session.expires_at - config.expires_in + config.update_age <= now
}

/// Stores a new session of a user. Only the gate may call this.
pub(crate) async fn issue<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: &User,
    lifetime: Lifetime,
    client: &Client,
) -> Result<Session> {
    let now = context.clock.now();
    let life = match lifetime {
        Lifetime::Remembered => context.session.expires_in,
        Lifetime::Fleeting => FLEETING,
    };
    let session = Session {
        id: SessionId::generate(),
        token: Token::generate(),
        user_id: user.id.clone(),
        expires_at: now + life,
        created_at: now,
        updated_at: now,
        ip_address: Some(client.ip.clone()),
        user_agent: Some(client.user_agent.clone()),
    };
    context.sessions.insert(db, &session, user).await?;
    Ok(session)
}

#[cfg(test)]
mod tests {
    use domain::UserId;

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
        assert!(!is_due(&session, &config, start));
        assert!(!is_due(&session, &config, day - TimeDelta::milliseconds(1)));
        assert!(is_due(&session, &config, day));
    }

    #[test]
    fn a_session_not_to_be_remembered_is_never_extended() {
        let start = DateTime::UNIX_EPOCH;
        // better-auth reads its clock twice: a millisecond may lie between.
        for life in [FLEETING, FLEETING - TimeDelta::milliseconds(1)] {
            let session = session(start, life);
            assert!(!is_due(&session, &Config::default(), start + TimeDelta::hours(23)));
        }
    }

    #[test]
    fn a_service_of_short_sessions_extends_them() {
        let config =
            Config { expires_in: FLEETING, update_age: TimeDelta::hours(1), ..Config::default() };
        let start = DateTime::UNIX_EPOCH;
        assert!(is_due(&session(start, FLEETING), &config, start + TimeDelta::hours(2)));
    }
}
