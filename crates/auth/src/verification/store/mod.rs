//! Where it is kept: in the database, or in Redis when several machines share one.

mod database;
mod redis;

use ::database::Database;
use chrono::{DateTime, Utc};
use domain::{Clock, Result, User, UserId};
use sea_orm::ConnectionTrait;

use self::{database::Rows, redis::Keys};
use crate::redis::Redis;

/// A link, and how it is found.
pub(crate) struct Verification {
    /// What for, and the secret: e.g. `reset-password:` with 24 characters.
    pub(crate) identifier: String,
    pub(crate) link: Link,
    pub(crate) expires_at: DateTime<Utc>,
}

/// Whose link it is.
pub(crate) struct Link {
    /// better-auth's value of the row.
    pub(crate) user: UserId,
    /// The user's when the link was made; another server's links have none.
    pub(crate) epoch: Option<i64>,
}

impl Link {
    /// A link of `user`.
    pub(crate) fn of(user: &User) -> Self {
        Self { user: user.id.clone(), epoch: Some(user.epoch) }
    }

    /// Whether it is this user's, and still counts.
    pub(crate) fn counts_for(&self, user: &User) -> bool {
        self.user == user.id
            && self.epoch.is_none_or(|epoch| epoch == user.epoch)
            && user.deleted_at.is_none()
    }
}

/// Where links are kept.
pub(crate) enum Store {
    Database(Rows),
    /// What is put and taken there does not wait for the transaction: one that fails
    /// leaves a link that nobody was sent, or has used one up.
    Redis(Keys),
}

impl Store {
    pub(crate) fn new(redis: Option<Redis>, clock: &Clock) -> Self {
        redis.map_or(Self::Database(Rows), |redis| Self::Redis(Keys::new(redis, clock.clone())))
    }

    /// Keeps a link.
    pub(crate) async fn put<C: ConnectionTrait>(
        &self,
        db: &C,
        verification: Verification,
        now: DateTime<Utc>,
    ) -> Result<()> {
        match self {
            Self::Database(rows) => rows.put(db, verification, now).await,
            Self::Redis(keys) => keys.put(&verification, now).await,
        }
    }

    /// A link that has not expired; it stays.
    pub(crate) async fn find<C: ConnectionTrait>(
        &self,
        db: &C,
        identifier: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Link>> {
        // PostgreSQL refuses a text with U+0000.
        if identifier.contains('\0') {
            return Ok(None);
        }
        match self {
            Self::Database(rows) => rows.find(db, identifier, now).await,
            Self::Redis(keys) => keys.find(identifier, now).await,
        }
    }

    /// Takes a link out, unless it has expired. Of many that try at once one
    /// succeeds.
    pub(crate) async fn take<C: ConnectionTrait>(
        &self,
        db: &C,
        identifier: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Link>> {
        if identifier.contains('\0') {
            return Ok(None);
        }
        match self {
            Self::Database(rows) => rows.take(db, identifier, now).await,
            Self::Redis(keys) => keys.take(identifier, now).await,
        }
    }

    /// Notes that a link, by its secret, has its effect with this transaction, and until
    /// when whoever opens it again is told so. Always in the database, which settles who
    /// was first.
    pub(crate) async fn note_used<C: ConnectionTrait>(
        &self,
        db: &C,
        link: &str,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        Rows.note_used(db, link, until, now).await
    }

    /// Whether a link had its effect, as far as that is known. Who locks its user's row
    /// before knows for certain.
    pub(crate) async fn is_used<C: ConnectionTrait>(
        &self,
        db: &C,
        link: &str,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        Rows.is_used(db, link, now).await
    }

    /// Removes links that ended before this, some at a time. Redis does it by itself.
    pub(crate) async fn sweep(&self, db: &Database, before: DateTime<Utc>) -> Result<u64> {
        Rows.sweep(db, before).await
    }

    /// Removes every link of a user.
    pub(crate) async fn delete_all_of<C: ConnectionTrait>(
        &self,
        db: &C,
        user: &UserId,
    ) -> Result<()> {
        match self {
            Self::Database(rows) => rows.delete_all_of(db, user).await,
            Self::Redis(keys) => keys.delete_all_of(user).await,
        }
    }
}
