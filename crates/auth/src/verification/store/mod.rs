//! Where the values are kept: in the database, or in Redis when several machines share
//! one.

mod database;
mod redis;

use chrono::{DateTime, Utc};
use domain::{Clock, Result};
use repositories::Database;
use sea_orm::ConnectionTrait;

use self::{database::Rows, redis::Keys};
use crate::redis::Redis;

/// A value and how it is found.
pub(crate) struct Verification {
    /// What and whose, e.g. `reset-password:` with 24 characters.
    pub(crate) identifier: String,
    /// e.g. a user's id.
    pub(crate) value: String,
    pub(crate) expires_at: DateTime<Utc>,
}

/// Where the values are kept.
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

    /// Keeps a value.
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

    /// A value that has not expired; it stays.
    pub(crate) async fn find<C: ConnectionTrait>(
        &self,
        db: &C,
        identifier: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<String>> {
        match self {
            Self::Database(rows) => rows.find(db, identifier, now).await,
            Self::Redis(keys) => keys.find(identifier, now).await,
        }
    }

    /// Takes a value out, unless it has expired. Of many that try at once one
    /// succeeds.
    pub(crate) async fn take<C: ConnectionTrait>(
        &self,
        db: &C,
        identifier: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<String>> {
        match self {
            Self::Database(rows) => rows.take(db, identifier, now).await,
            Self::Redis(keys) => keys.take(identifier, now).await,
        }
    }

    /// Removes values that ended before this, some at a time. Redis does it by itself.
    pub(crate) async fn sweep(&self, db: &Database, before: DateTime<Utc>) -> Result<u64> {
        match self {
            Self::Database(rows) => rows.sweep(db, before).await,
            Self::Redis(_) => Ok(0),
        }
    }

    /// Removes every value `value` whose identifier begins with `prefix`.
    pub(crate) async fn forget<C: ConnectionTrait>(
        &self,
        db: &C,
        prefix: &str,
        value: &str,
    ) -> Result<()> {
        match self {
            Self::Database(rows) => rows.forget(db, prefix, value).await,
            Self::Redis(keys) => keys.forget(prefix, value).await,
        }
    }
}
