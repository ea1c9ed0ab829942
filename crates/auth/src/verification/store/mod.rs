//! The store of links: the database, or Redis when several machines share one.

pub(super) mod database;
mod redis;

use ::database::Database;
use chrono::{DateTime, Utc};
use domain::{Result, UserId};
use sea_orm::ConnectionTrait;

pub(crate) use self::database::STATE_PREFIX;
use self::{database::DatabaseStore, redis::RedisStore};
use super::{CurrentValue, Link, MailedSecret, NewValue, Verification};
use crate::context::Context;

/// The store that the settings choose.
pub(crate) enum Store<'a> {
    Database(DatabaseStore),
    /// Changes of Redis do not wait for the transaction. A transaction that fails leaves a link
    /// that was not mailed, or has consumed a link.
    Redis(RedisStore<'a>),
}

impl<'a> Store<'a> {
    pub(crate) fn of(context: &'a Context) -> Self {
        let Context { config, clock, .. } = context;
        match &config.redis {
            Some(redis) => Self::Redis(RedisStore::new(redis, clock)),
            None => Self::Database(DatabaseStore),
        }
    }

    /// Stores a link.
    pub(crate) async fn put<C: ConnectionTrait>(
        &self,
        db: &C,
        verification: Verification,
        now: DateTime<Utc>,
    ) -> Result<()> {
        match self {
            Self::Database(store) => store.put(db, verification, now).await,
            Self::Redis(store) => store.put(&verification, now).await,
        }
    }

    /// Finds a link that has not expired.
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
            Self::Database(store) => store.find(db, identifier, now).await,
            Self::Redis(store) => store.find(identifier, now).await,
        }
    }

    /// Deletes a link and returns it, unless it has expired. Of concurrent calls one succeeds.
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
            Self::Database(store) => store.take(db, identifier, now).await,
            Self::Redis(store) => store.take(identifier, now).await,
        }
    }

    /// Stores a value.
    pub(crate) async fn put_value<C: ConnectionTrait>(
        &self,
        db: &C,
        value: NewValue<'_>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        match self {
            Self::Database(store) => store.put_value(db, value, now).await,
            Self::Redis(store) => store.put_value(value, now).await,
        }
    }

    /// Finds a value. It may have expired, which its own content tells.
    pub(crate) async fn find_value<C: ConnectionTrait>(
        &self,
        db: &C,
        identifier: &str,
    ) -> Result<Option<String>> {
        if identifier.contains('\0') {
            return Ok(None);
        }
        match self {
            Self::Database(store) => store.find_value(db, identifier).await,
            Self::Redis(store) => store.find_value(identifier).await,
        }
    }

    /// Deletes a value and returns it, in one statement. Of concurrent calls one succeeds. The value
    /// may have expired.
    pub(crate) async fn take_value<C: ConnectionTrait>(
        &self,
        db: &C,
        identifier: &str,
    ) -> Result<Option<String>> {
        if identifier.contains('\0') {
            return Ok(None);
        }
        match self {
            Self::Database(store) => store.take_value(db, identifier).await,
            Self::Redis(store) => store.take_value(identifier).await,
        }
    }

    /// Stores a mailed secret under its identifier.
    pub(crate) async fn put_mailed<C: ConnectionTrait>(
        &self,
        db: &C,
        identifier: &str,
        secret: MailedSecret,
        now: DateTime<Utc>,
    ) -> Result<()> {
        match self {
            Self::Database(store) => store.put_mailed(db, identifier, secret, now).await,
            Self::Redis(store) => store.put_mailed(identifier, secret, now).await,
        }
    }

    /// Deletes the mailed secrets of this identifier and returns the latest. Of concurrent calls one
    /// succeeds. The secret may have expired.
    pub(crate) async fn take_mailed<C: ConnectionTrait>(
        &self,
        db: &C,
        identifier: &str,
    ) -> Result<Option<MailedSecret>> {
        if identifier.contains('\0') {
            return Ok(None);
        }
        match self {
            Self::Database(store) => store.take_mailed(db, identifier).await,
            Self::Redis(store) => store.take_mailed(identifier).await,
        }
    }

    /// As [`Self::take_value`], for a value that has not expired.
    pub(crate) async fn take_valid_value<C: ConnectionTrait>(
        &self,
        db: &C,
        identifier: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<String>> {
        let taken = self.take_current_value(db, identifier, now).await?;
        Ok(taken.map(|current| current.value))
    }

    /// As [`Self::take_valid_value`], with the value's end.
    pub(crate) async fn take_current_value<C: ConnectionTrait>(
        &self,
        db: &C,
        identifier: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<CurrentValue>> {
        if identifier.contains('\0') {
            return Ok(None);
        }
        match self {
            Self::Database(store) => store.take_current_value(db, identifier, now).await,
            Self::Redis(store) => store.take_current_value(identifier, now).await,
        }
    }

    /// Records the use of a secret that is not stored, until its end. Returns whether this is the
    /// first use; of concurrent calls one is. Always in the database, which decides the order.
    pub(crate) async fn record_first_use<C: ConnectionTrait>(
        &self,
        db: &C,
        secret: &str,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        DatabaseStore.record_first_use(db, secret, until, now).await
    }

    /// Records that this transaction uses a link, identified by its secret, and until when a
    /// further use gets the same response. Always in the database, which decides the order.
    pub(crate) async fn record_use<C: ConnectionTrait>(
        &self,
        db: &C,
        link: &str,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        DatabaseStore.record_use(db, link, until, now).await
    }

    /// Whether the use of a link was recorded. A caller that locked the user's row before gets a
    /// definite answer.
    pub(crate) async fn is_used<C: ConnectionTrait>(
        &self,
        db: &C,
        link: &str,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        DatabaseStore.is_used(db, link, now).await
    }

    /// Deletes links that ended before this, in batches. Redis expires its links itself.
    pub(crate) async fn sweep(
        &self,
        db: &Database,
        before: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<u64> {
        DatabaseStore.sweep(db, before, now).await
    }

    /// Deletes all links of a user.
    pub(crate) async fn delete_all_of<C: ConnectionTrait>(
        &self,
        db: &C,
        user: &UserId,
    ) -> Result<()> {
        match self {
            Self::Database(store) => store.delete_all_of(db, user).await,
            Self::Redis(store) => store.delete_all_of(user).await,
        }
    }
}
