//! Finding, extending and creating sessions.

use axum::http::HeaderMap;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{Result, SessionId, User};
use sea_orm::ConnectionTrait;

use super::{Config, Lifetime, Session, Store, Token, credential::Credential};
use crate::{context::Context, extract::Client};

/// How long a browser session lives.
const BROWSER_SESSION: TimeDelta = TimeDelta::hours(24);

/// A valid session and its user.
pub(crate) struct Active {
    pub(crate) session: Session,
    pub(crate) user: User,
    pub(crate) credential: Credential,
    pub(super) extended: bool,
    /// Whether the request also had the cookie of a session that has ended.
    pub(super) has_ended_cookie: bool,
}

/// The session of a request, if it has not expired; extended if that is due. Never read from
/// the cache.
pub(crate) async fn active(context: &Context, headers: &HeaderMap) -> Result<Option<Active>> {
    match Credential::of(context, headers) {
        // Boxed, so that the future of a request without a session stays small.
        Some(credential) => Box::pin(resolve(context, credential, true)).await,
        None => Ok(None),
    }
}

/// The session of a request, if it has not expired, as a transaction sees it. Neither extends nor
/// deletes one.
pub(crate) async fn current<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    headers: &HeaderMap,
) -> Result<Option<(Session, User)>> {
    let Some(credential) = Credential::of(context, headers) else { return Ok(None) };
    let tokens: Vec<_> = credential.tokens().cloned().collect();
    Ok(find_active(db, context, &tokens).await?.into_iter().next())
}

/// The sessions of these tokens that have not expired, in the order of the tokens.
pub(crate) async fn find_active<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    tokens: &[Token],
) -> Result<Vec<(Session, User)>> {
    let now = context.clock.now();
    let mut found = Store::of(context).find_many(db, tokens).await?;
    found.retain(|(session, _)| session.expires_at >= now);
    found.sort_by_key(|(session, _)| tokens.iter().position(|token| *token == session.token));
    Ok(found)
}

/// The lifetime with which a session began.
pub(crate) fn lifetime_of(context: &Context, session: &Session) -> Lifetime {
    let is_browser_session =
        !is_remembered(session) && context.config.session.expires_in > BROWSER_SESSION;
    if is_browser_session { Lifetime::BrowserSession } else { Lifetime::Remembered }
}

/// The session of a credential, if it has not expired; extended if it `may_extend` and that is
/// due.
pub(super) async fn resolve(
    context: &Context,
    mut credential: Credential,
    may_extend: bool,
) -> Result<Option<Active>> {
    let found = if credential.is_single() {
        let found = Store::of(context).find(context.db.reader(), &credential.token).await?;
        found.map(|(session, user)| (session, user, false))
    } else {
        Box::pin(first_valid(context, &mut credential)).await?
    };
    let Some((session, user, has_ended_cookie)) = found else { return Ok(None) };
    let now = context.clock.now();
    if session.expires_at < now {
        Store::of(context).delete(context.db.writer(), &session).await?;
        return Ok(None);
    }
    let active = Active { session, user, credential, extended: false, has_ended_cookie };
    match new_end(context, &active, now).filter(|_| may_extend) {
        Some(until) => extend(context, active, now, until).await,
        None => Ok(Some(active)),
    }
}

/// The new end of a session that this request extends; `None` if no extension is due.
fn new_end(context: &Context, active: &Active, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let Active { session, credential, .. } = active;
    let config = &context.config.session;
    if context.clock.is_ahead(session.updated_at) {
        // The clock went back since the last extension: the session keeps its lifetime.
        let life = (session.expires_at - session.updated_at).min(config.expires_in);
        return Some(now + life);
    }
    let may_extend = config.refresh && credential.lifetime() == Lifetime::Remembered;
    (may_extend && is_due(session, config, now)).then(|| now + config.expires_in)
}

/// The first session of the request's cookies that has not expired, and whether another one
/// has ended. One statement for all of them.
async fn first_valid(
    context: &Context,
    credential: &mut Credential,
) -> Result<Option<(Session, User, bool)>> {
    let tokens: Vec<_> = credential.tokens().cloned().collect();
    let now = context.clock.now();
    let found = Store::of(context).find_many(context.db.reader(), &tokens).await?;
    let (mut active, expired): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|(session, _)| session.expires_at >= now);
    for (session, _) in &expired {
        Store::of(context).delete(context.db.writer(), session).await?;
    }
    let index =
        |(session, _): &(Session, User)| tokens.iter().position(|token| *token == session.token);
    active.sort_by_key(index);
    let has_ended_cookie = active.len() < tokens.len();
    let first = active.into_iter().next();
    if let Some((session, _)) = &first {
        credential.token = session.token.clone();
        // The `dont_remember` cookie may belong to the other session.
        if has_ended_cookie && is_remembered(session) {
            credential.remember();
        }
    }
    Ok(first.map(|(session, user)| (session, user, has_ended_cookie)))
}

async fn extend(
    context: &Context,
    mut active: Active,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Option<Active>> {
    let due = until - context.config.session.update_age + TimeDelta::milliseconds(1);
    let writer = context.db.writer();
    let session = &mut active.session;
    if Store::of(context).extend(writer, session, due, until, now).await? {
        session.expires_at = until;
        session.updated_at = now;
        return Ok(Some(Active { extended: true, ..active }));
    }
    // A concurrent request extended the session, or ended it.
    let found = Store::of(context).find(writer, &session.token).await?;
    Ok(found.map(|(session, user)| Active { session, user, ..active }))
}

/// Whether [`Config::update_age`] has passed since the last extension.
fn is_due(session: &Session, config: &Config, now: DateTime<Utc>) -> bool {
    // A client without cookies presents a browser session without its `dont_remember` cookie.
    let is_browser_session = !is_remembered(session) && config.expires_in > BROWSER_SESSION;
    !is_browser_session && session.expires_at - config.expires_in + config.update_age <= now
}

/// Whether a session's lifetime is not that of a browser session.
fn is_remembered(session: &Session) -> bool {
    let life = session.expires_at - session.created_at;
    (life - BROWSER_SESSION).abs() > TimeDelta::seconds(1)
}

/// Stores a new session of a user. Only [`sign_in`](crate::sign_in) may call this.
pub(crate) async fn create<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: &User,
    lifetime: Lifetime,
    client: &Client,
) -> Result<Session> {
    let now = context.clock.now();
    let life = match lifetime {
        Lifetime::Remembered => context.config.session.expires_in,
        Lifetime::BrowserSession => BROWSER_SESSION,
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
    Store::of(context).insert(db, &session, user).await?;
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
    fn a_browser_session_is_never_extended() {
        let start = DateTime::UNIX_EPOCH;
        // better-auth reads its clock twice: a millisecond may lie between.
        for life in [BROWSER_SESSION, BROWSER_SESSION - TimeDelta::milliseconds(1)] {
            let session = session(start, life);
            assert!(!is_due(&session, &Config::default(), start + TimeDelta::hours(23)));
        }
    }

    #[test]
    fn a_service_of_short_sessions_extends_them() {
        let config = Config {
            expires_in: BROWSER_SESSION,
            update_age: TimeDelta::hours(1),
            ..Config::default()
        };
        let start = DateTime::UNIX_EPOCH;
        assert!(is_due(&session(start, BROWSER_SESSION), &config, start + TimeDelta::hours(2)));
    }
}
