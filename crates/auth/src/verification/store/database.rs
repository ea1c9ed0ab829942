//! The table `verification`, with better-auth's columns and `epoch`. The identifier contains the
//! link's secret as better-auth stores it, so that each server accepts the links of the other.

use chrono::{DateTime, Utc};
use database::{Database, internal, retention};
use domain::{Result, UserId, id::random_alphanumeric};
use sea_orm::{
    ConnectionTrait, Set,
    entity::prelude::*,
    sea_query::{ExprTrait, OnConflict},
};

use crate::verification::{CurrentValue, Link, MailedSecret, NewValue, Verification};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "verification")]
pub(in crate::verification) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: String,
    identifier: String,
    pub(in crate::verification) value: String,
    #[sea_orm(column_name = "expiresAt")]
    pub(in crate::verification) expires_at: DateTime<Utc>,
    #[sea_orm(column_name = "createdAt")]
    created_at: DateTime<Utc>,
    #[sea_orm(column_name = "updatedAt")]
    updated_at: DateTime<Utc>,
    epoch: Option<i64>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(in crate::verification) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<Model> for Link {
    fn from(row: Model) -> Self {
        Self { user: UserId(row.value), epoch: row.epoch }
    }
}

/// A row without an epoch.
fn row(
    identifier: String,
    value: String,
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> ActiveModel {
    ActiveModel {
        id: Set(random_alphanumeric()),
        identifier: Set(identifier),
        value: Set(value),
        expires_at: Set(expires_at),
        created_at: Set(now),
        updated_at: Set(now),
        epoch: Set(None),
    }
}

/// The prefix of the identifiers of states, see [`oauth`](crate::oauth).
pub(crate) const STATE_PREFIX: &str = "auth-state:";

/// The identifier of the row that records the use of a link.
fn use_identifier(link: &str) -> String {
    format!("used-link:{}", crypto::digest(link))
}

/// Deletes the rows of an identifier and returns them.
async fn delete<C: ConnectionTrait>(db: &C, identifier: &str) -> Result<Vec<Model>> {
    let deleted =
        Entity::delete_many().filter(Column::Identifier.eq(identifier)).exec_with_returning(db);
    deleted.await.map_err(internal)
}

/// Links and values in the database.
pub(crate) struct DatabaseStore;

impl DatabaseStore {
    /// Stores a link.
    pub(super) async fn put<C: ConnectionTrait>(
        &self,
        db: &C,
        verification: Verification,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let Verification { identifier, link: Link { user, epoch }, expires_at } = verification;
        let row = row(identifier, user.0, expires_at, now);
        let row = ActiveModel { epoch: Set(epoch), ..row };
        Entity::insert(row).exec_without_returning(db).await.map_err(internal)?;
        Ok(())
    }

    /// Stores a value.
    pub(super) async fn put_value<C: ConnectionTrait>(
        &self,
        db: &C,
        value: NewValue<'_>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let NewValue { identifier, value, expires_at } = value;
        let row = row(identifier.to_owned(), value.to_owned(), expires_at, now);
        Entity::insert(row).exec_without_returning(db).await.map_err(internal)?;
        Ok(())
    }

    /// Finds a value, expired or not.
    pub(super) async fn find_value<C: ConnectionTrait>(
        &self,
        db: &C,
        identifier: &str,
    ) -> Result<Option<String>> {
        let found = Entity::find().filter(Column::Identifier.eq(identifier)).one(db);
        Ok(found.await.map_err(internal)?.map(|row| row.value))
    }

    /// Deletes a value and returns it, expired or not. Of concurrent calls one succeeds.
    pub(super) async fn take_value<C: ConnectionTrait>(
        &self,
        db: &C,
        identifier: &str,
    ) -> Result<Option<String>> {
        Ok(delete(db, identifier).await?.pop().map(|row| row.value))
    }

    /// Deletes a value and returns it, unless it has expired. Of concurrent calls one succeeds. Of
    /// several values of another server, the newest is returned.
    pub(super) async fn take_current_value<C: ConnectionTrait>(
        &self,
        db: &C,
        identifier: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<CurrentValue>> {
        let rows = delete(db, identifier).await?.into_iter();
        let newest = rows.filter(|row| row.expires_at >= now).max_by_key(|row| row.created_at);
        Ok(newest.map(|row| CurrentValue { value: row.value, expires_at: row.expires_at }))
    }

    /// Stores a mailed secret.
    pub(super) async fn put_mailed<C: ConnectionTrait>(
        &self,
        db: &C,
        identifier: &str,
        secret: MailedSecret,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let MailedSecret { value, created_at, expires_at, epoch } = secret;
        let row = row(identifier.to_owned(), value, expires_at, now);
        let row = ActiveModel { created_at: Set(created_at), epoch: Set(epoch), ..row };
        Entity::insert(row).exec_without_returning(db).await.map_err(internal)?;
        Ok(())
    }

    /// Deletes the mailed secrets of this identifier and returns the latest, expired or not. Of
    /// concurrent calls one succeeds. A Node server keeps the secrets that were mailed before.
    pub(super) async fn take_mailed<C: ConnectionTrait>(
        &self,
        db: &C,
        identifier: &str,
    ) -> Result<Option<MailedSecret>> {
        let taken =
            Entity::delete_many().filter(Column::Identifier.eq(identifier)).exec_with_returning(db);
        let rows = taken.await.map_err(internal)?.into_iter();
        let latest = rows.max_by_key(|row| (row.created_at, row.updated_at));
        Ok(latest.map(|row| MailedSecret {
            value: row.value,
            created_at: row.created_at,
            expires_at: row.expires_at,
            epoch: row.epoch,
        }))
    }

    /// Finds a link that has not expired.
    pub(super) async fn find<C: ConnectionTrait>(
        &self,
        db: &C,
        identifier: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Link>> {
        let found = Entity::find()
            .filter(Column::Identifier.eq(identifier))
            .filter(Column::ExpiresAt.gte(now))
            .one(db);
        Ok(found.await.map_err(internal)?.map(Link::from))
    }

    /// Deletes a link and returns it, unless it has expired. Of concurrent calls one succeeds.
    pub(super) async fn take<C: ConnectionTrait>(
        &self,
        db: &C,
        identifier: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Link>> {
        let rows = delete(db, identifier).await?;
        let valid = rows.into_iter().find(|row| row.expires_at >= now);
        Ok(valid.map(Link::from))
    }

    /// Records the use of a link until an end. The row has no user, so a server that shares the
    /// table does not accept it as a link.
    pub(super) async fn record_use<C: ConnectionTrait>(
        &self,
        db: &C,
        link: &str,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let no_user = Link { user: UserId(String::new()), epoch: None };
        let record =
            Verification { identifier: use_identifier(link), link: no_user, expires_at: until };
        self.put(db, record, now).await
    }

    /// Records the use of a secret until an end, unless it was recorded before. Returns whether this
    /// is the first use; of concurrent calls one is. The row's key decides.
    pub(super) async fn record_first_use<C: ConnectionTrait>(
        &self,
        db: &C,
        secret: &str,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let row = row(use_identifier(secret), String::new(), until, now);
        let row = ActiveModel { id: Set(crypto::digest(secret)), ..row };
        let unless_known = OnConflict::column(Column::Id).do_nothing().to_owned();
        let inserted = Entity::insert(row).on_conflict(unless_known).exec_without_returning(db);
        match inserted.await {
            Ok(rows) => Ok(rows > 0),
            Err(DbErr::RecordNotInserted) => Ok(false),
            Err(error) => Err(internal(error)),
        }
    }

    /// Whether the use of a link was recorded.
    pub(super) async fn is_used<C: ConnectionTrait>(
        &self,
        db: &C,
        link: &str,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        Ok(self.find(db, &use_identifier(link), now).await?.is_some())
    }

    /// Deletes links that ended before this, so that requests for links, also for unknown
    /// addresses, do not fill the table.
    ///
    /// States of sign-ins that ended before `now` are deleted at once: they are long, and no
    /// request needs them later.
    pub(super) async fn sweep(
        &self,
        db: &Database,
        before: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<u64> {
        let ended = || {
            let state = Column::Identifier.starts_with(STATE_PREFIX).and(Column::ExpiresAt.lt(now));
            Entity::find().filter(Column::ExpiresAt.lt(before).or(state))
        };
        retention::sweep(db, Column::Id, ended).await
    }

    /// Deletes all links of a user.
    pub(super) async fn delete_all_of<C: ConnectionTrait>(
        &self,
        db: &C,
        user: &UserId,
    ) -> Result<()> {
        let deleted = Entity::delete_many().filter(Column::Value.eq(user.as_str())).exec(db);
        deleted.await.map_err(internal)?;
        Ok(())
    }
}
