//! Whose session it is, and whether it still is one.

use axum::http::HeaderMap;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{Result, SessionId, User};
use sea_orm::ConnectionTrait;

use super::{
    Config, Session, Token,
    proof::{Lifetime, Proof},
};
use crate::{context::Context, extract::Client};

/// How long a session lives that shall not be remembered.
const FLEETING: TimeDelta = TimeDelta::hours(24);

/// A session that counts, and its user.
pub(crate) struct Active {
    pub(crate) session: Session,
    pub(crate) user: User,
    pub(crate) proof: Proof,
    pub(super) extended: bool,
    /// The request also carried a cookie of a session that has ended.
    pub(super) beside_dead: bool,
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
    mut proof: Proof,
    may_extend: bool,
) -> Result<Option<Active>> {
    let found = if proof.is_single() {
        let found = context.sessions.find(context.db.reader(), &proof.token).await?;
        found.map(|(session, user)| (session, user, false))
    } else {
        Box::pin(first_that_counts(context, &mut proof)).await?
    };
    let Some((session, user, beside_dead)) = found else { return Ok(None) };
    let now = context.clock.now();
    if session.expires_at < now {
        context.sessions.delete(context.db.writer(), &session).await?;
        return Ok(None);
    }
    let active = Active { session, user, proof, extended: false, beside_dead };
    match new_end(context, &active, now).filter(|_| may_extend) {
        Some(until) => extend(context, active, now, until).await,
        None => Ok(Some(active)),
    }
}

/// The end that a session gets by its use, if it is due for one.
fn new_end(context: &Context, active: &Active, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let Active { session, proof, .. } = active;
    let config = &context.session;
    if context.clock.is_ahead(session.updated_at) {
        // The clock went back since: the session lives for as long as it should have.
        let life = (session.expires_at - session.updated_at).min(config.expires_in);
        return Some(now + life);
    }
    let fleeting = proof.lifetime() == Lifetime::Fleeting;
    (config.refresh && !fleeting && is_due(session, config, now)).then(|| now + config.expires_in)
}

/// Of the sessions whose cookies a request carries the first that has not expired, and
/// whether another one has ended. One statement, however many there are.
async fn first_that_counts(
    context: &Context,
    proof: &mut Proof,
) -> Result<Option<(Session, User, bool)>> {
    let tokens: Vec<_> = proof.tokens().cloned().collect();
    let now = context.clock.now();
    let found = context.sessions.find_many(context.db.reader(), &tokens).await?;
    let (mut active, expired): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|(session, _)| session.expires_at >= now);
    for (session, _) in &expired {
        context.sessions.delete(context.db.writer(), session).await?;
    }
    let place =
        |(session, _): &(Session, User)| tokens.iter().position(|token| *token == session.token);
    active.sort_by_key(place);
    let beside_dead = active.len() < tokens.len();
    let first = active.into_iter().next();
    if let Some((session, _)) = &first {
        proof.token = session.token.clone();
        // The cookie that says so may be the other session's.
        if beside_dead && is_remembered(session) {
            proof.remember();
        }
    }
    Ok(first.map(|(session, user)| (session, user, beside_dead)))
}

async fn extend(
    context: &Context,
    mut active: Active,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Option<Active>> {
    let due = until - context.session.update_age + TimeDelta::milliseconds(1);
    let writer = context.db.writer();
    let session = &mut active.session;
    if context.sessions.extend(writer, session, due, until, now).await? {
        session.expires_at = until;
        session.updated_at = now;
        return Ok(Some(Active { extended: true, ..active }));
    }
    // Another request was first: it extended the session, or ended it.
    let found = context.sessions.find(writer, &session.token).await?;
    Ok(found.map(|(session, user)| Active { session, user, ..active }))
}

/// Whether [`Config::update_age`] has passed since the session got its end.
fn is_due(session: &Session, config: &Config, now: DateTime<Utc>) -> bool {
    // Not to be remembered, and shown by a client that has no cookie to say so.
    let fleeting = !is_remembered(session) && config.expires_in > FLEETING;
    !fleeting && session.expires_at - config.expires_in + config.update_age <= now
}

/// Whether a session lives too long for one that shall not be remembered.
fn is_remembered(session: &Session) -> bool {
    let life = session.expires_at - session.created_at;
    (life - FLEETING).abs() > TimeDelta::seconds(1)
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
