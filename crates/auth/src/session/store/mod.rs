//! Where sessions are kept: in the database, or in Redis when several machines share
//! one. Users are in the database always.

mod cutoff;
mod database;
mod layout;
mod redis;
mod revoked;
mod script;

use ::database::Database;
use chrono::{DateTime, Utc};
use domain::{Clock, Result, User, UserId};
use sea_orm::ConnectionTrait;

use self::{database::Rows, redis::Keys};
use super::{Config, Session, Token};
use crate::redis::Redis;

/// Where sessions are kept.
pub(crate) enum Store {
    Database(Rows),
    /// Redis and the database have no transaction in common. What is done here happens at
    /// once, before the caller's transaction is committed; if it fails, nothing is
    /// committed. If the commit fails, or the process ends between, a session is left whose
    /// token nobody was told, or sessions have ended without an audit event; no success was
    /// answered. The database remembers which sessions were ended, so an end that was
    /// acknowledged is one in both. The copies of a user alone are changed after the commit,
    /// as better-auth on Node would believe them.
    Redis(Keys),
}

impl Store {
    pub(crate) fn new(redis: Option<Redis>, clock: &Clock, config: &Config) -> Self {
        match redis {
            Some(redis) => Self::Redis(Keys::new(redis, clock.clone(), config)),
            None => Self::Database(Rows::new(config.most)),
        }
    }

    /// The session of this token and its user, as the database knows them; a deleted
    /// user has none. Expired sessions are found.
    pub(crate) async fn find<C: ConnectionTrait>(
        &self,
        db: &C,
        token: &Token,
    ) -> Result<Option<(Session, User)>> {
        match self {
            Self::Database(rows) => rows.find(db, token).await,
            Self::Redis(keys) => keys.find(db, token).await,
        }
    }

    /// The sessions of these tokens and their users, as [`Self::find`] finds each.
    pub(crate) async fn find_many<C: ConnectionTrait>(
        &self,
        db: &C,
        tokens: &[Token],
    ) -> Result<Vec<(Session, User)>> {
        match self {
            Self::Database(rows) => rows.find_many(db, tokens).await,
            Self::Redis(keys) => keys.find_many(db, tokens).await,
        }
    }

    /// Keeps a new session of `user`. If they have too many, the one that would end first
    /// ends.
    pub(crate) async fn insert<C: ConnectionTrait>(
        &self,
        db: &C,
        session: &Session,
        user: &User,
    ) -> Result<()> {
        match self {
            Self::Database(rows) => rows.insert(db, session).await,
            Self::Redis(keys) => keys.insert(session, user).await,
        }
    }

    /// Moves the session's end to `until`, unless another request has moved it
    /// beyond `due` meanwhile; also back, if a clock that went back since had moved it.
    /// Whether it did.
    pub(crate) async fn extend<C: ConnectionTrait>(
        &self,
        db: &C,
        session: &Session,
        due: DateTime<Utc>,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        match self {
            Self::Database(rows) => rows.extend(db, session, due, until, now).await,
            Self::Redis(keys) => keys.extend(session, due, until, now).await,
        }
    }

    /// The sessions of a user that have not expired, oldest first, and no more than there
    /// may be.
    pub(crate) async fn list<C: ConnectionTrait>(
        &self,
        db: &C,
        user: &UserId,
        now: DateTime<Utc>,
    ) -> Result<Vec<Session>> {
        match self {
            Self::Database(rows) => rows.list(db, user, now).await,
            Self::Redis(keys) => keys.list(db, user, now).await,
        }
    }

    /// Ends a session.
    pub(crate) async fn delete<C: ConnectionTrait>(&self, db: &C, session: &Session) -> Result<()> {
        self.delete_of(db, &session.user_id, &session.token).await
    }

    /// Ends the session of this token, if it is `user`'s.
    pub(crate) async fn delete_of<C: ConnectionTrait>(
        &self,
        db: &C,
        user: &UserId,
        token: &Token,
    ) -> Result<()> {
        // PostgreSQL refuses a text with U+0000.
        if token.as_str().contains('\0') {
            return Ok(());
        }
        match self {
            Self::Database(rows) => rows.delete_of(db, user, token).await,
            Self::Redis(keys) => keys.delete_of(db, user, token).await,
        }
    }

    /// Ends all sessions of a user, but for the one to `keep`.
    pub(crate) async fn delete_all<C: ConnectionTrait>(
        &self,
        db: &C,
        user: &UserId,
        keep: Option<&Token>,
    ) -> Result<()> {
        match self {
            Self::Database(rows) => rows.delete_all(db, user, keep).await,
            Self::Redis(keys) => keys.delete_all(db, user, keep).await,
        }
    }

    /// Removes sessions that ended before this, some at a time. Redis does it by itself, and
    /// those that were ended there need not be remembered any more.
    pub(crate) async fn sweep(&self, db: &Database, before: DateTime<Utc>) -> Result<u64> {
        match self {
            Self::Database(rows) => rows.sweep(db, before).await,
            Self::Redis(_) => revoked::sweep(db, before).await,
        }
    }

    /// Notes that a user changed, where their sessions have a copy: better-auth on
    /// Node answers from it.
    pub(crate) async fn user_changed(&self, user: &User) -> Result<()> {
        match self {
            Self::Database(_) => Ok(()),
            Self::Redis(keys) => keys.user_changed(user).await,
        }
    }
}
