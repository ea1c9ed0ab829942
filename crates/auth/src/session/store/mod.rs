//! The store of sessions: the database, or Redis when several machines share one. Users are
//! always in the database.

mod cutoff;
mod database;
mod redis;
mod revoked;
mod script;
mod stored_session;

use ::database::Database;
use chrono::{DateTime, Utc};
use domain::{Clock, Result, User, UserId};
use sea_orm::ConnectionTrait;

use self::{database::DatabaseStore, redis::RedisStore};
use super::{Config, Session, Token};
use crate::{context::Context, plugin::Plugins, redis::Redis};

/// The store that the settings choose.
pub(crate) enum Store<'a> {
    Database(DatabaseStore),
    /// Redis and the database do not share transactions. A change of Redis happens at once,
    /// before the caller's transaction is committed; if the change fails, nothing is
    /// committed. If the commit fails, or the process ends in between, a session remains whose
    /// token no client received, or sessions have ended without an audit event; no success was
    /// answered. The database records which sessions were ended, so an acknowledged end holds
    /// in both. Only the copies of a user are changed after the commit, because better-auth on
    /// Node would answer from them.
    Redis(RedisStore<'a>),
}

impl<'a> Store<'a> {
    pub(crate) fn of(context: &'a Context) -> Self {
        let Context { config, clock, .. } = context;
        Self::new(config.redis.as_ref(), clock, &config.session, &config.plugins)
    }

    pub(super) fn new(
        redis: Option<&'a Redis>,
        clock: &'a Clock,
        config: &Config,
        plugins: &'a Plugins,
    ) -> Self {
        match redis {
            Some(redis) => Self::Redis(RedisStore::new(redis, clock, config, plugins)),
            None => Self::Database(DatabaseStore::new(config.max_per_user)),
        }
    }

    /// Finds the session of a token, and its user as stored in the database. Deleted users have no
    /// sessions. Expired sessions are found.
    pub(crate) async fn find<C: ConnectionTrait>(
        &self,
        db: &C,
        token: &Token,
    ) -> Result<Option<(Session, User)>> {
        match self {
            Self::Database(store) => store.find(db, token).await,
            Self::Redis(store) => store.find(db, token).await,
        }
    }

    /// Finds the sessions of these tokens and their users, as [`Self::find`] does.
    pub(crate) async fn find_many<C: ConnectionTrait>(
        &self,
        db: &C,
        tokens: &[Token],
    ) -> Result<Vec<(Session, User)>> {
        match self {
            Self::Database(store) => store.find_many(db, tokens).await,
            Self::Redis(store) => store.find_many(db, tokens).await,
        }
    }

    /// Stores a new session of `user`. If they have too many, the one that would expire first
    /// ends.
    pub(crate) async fn insert<C: ConnectionTrait>(
        &self,
        db: &C,
        session: &Session,
        user: &User,
    ) -> Result<()> {
        match self {
            Self::Database(store) => store.insert(db, session).await,
            Self::Redis(store) => store.insert(session, user).await,
        }
    }

    /// Extends a session to `until`, unless a concurrent request extended it beyond `due`. Also
    /// shortens it, if it was extended before the clock went back. Returns whether it did.
    pub(crate) async fn extend<C: ConnectionTrait>(
        &self,
        db: &C,
        session: &Session,
        due: DateTime<Utc>,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        match self {
            Self::Database(store) => store.extend(db, session, due, until, now).await,
            Self::Redis(store) => store.extend(session, due, until, now).await,
        }
    }

    /// Lists the sessions of a user that have not expired, oldest first, at most
    /// [`Config::max_per_user`].
    pub(crate) async fn list<C: ConnectionTrait>(
        &self,
        db: &C,
        user: &UserId,
        now: DateTime<Utc>,
    ) -> Result<Vec<Session>> {
        match self {
            Self::Database(store) => store.list(db, user, now).await,
            Self::Redis(store) => store.list(db, user, now).await,
        }
    }

    /// Ends a session.
    pub(crate) async fn delete<C: ConnectionTrait>(&self, db: &C, session: &Session) -> Result<()> {
        self.delete_of(db, &session.user_id, &session.token).await
    }

    /// Ends the session of this token, if it belongs to `user`.
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
            Self::Database(store) => store.delete_of(db, user, token).await,
            Self::Redis(store) => store.delete_of(db, user, token).await,
        }
    }

    /// Ends all sessions of a user, except the one to `keep`.
    pub(crate) async fn delete_all<C: ConnectionTrait>(
        &self,
        db: &C,
        user: &UserId,
        keep: Option<&Token>,
    ) -> Result<()> {
        match self {
            Self::Database(store) => store.delete_all(db, user, keep).await,
            Self::Redis(store) => store.delete_all(db, user, keep).await,
        }
    }

    /// Deletes sessions that expired before this, in batches. Redis expires its sessions itself;
    /// the rows of its revoked sessions are deleted.
    pub(crate) async fn sweep(&self, db: &Database, before: DateTime<Utc>) -> Result<u64> {
        match self {
            Self::Database(store) => store.sweep(db, before).await,
            Self::Redis(_) => revoked::sweep(db, before).await,
        }
    }

    /// Updates the copies of a user in Redis, from which better-auth on Node answers.
    pub(crate) async fn user_changed(&self, user: &User) -> Result<()> {
        match self {
            Self::Database(_) => Ok(()),
            Self::Redis(store) => store.user_changed(user).await,
        }
    }
}
