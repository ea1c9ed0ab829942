//! The table `verification`, in better-auth's columns and one of ours. The identifier
//! holds the link's secret as better-auth stores it, so that either server finishes what
//! the other began.

use chrono::{DateTime, Utc};
use domain::{Result, UserId, id::random_alphanumeric};
use repositories::{Database, internal, retention};
use sea_orm::{ConnectionTrait, Set, entity::prelude::*};

use crate::verification::{Link, Verification};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "verification")]
struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: String,
    identifier: String,
    value: String,
    #[sea_orm(column_name = "expiresAt")]
    expires_at: DateTime<Utc>,
    #[sea_orm(column_name = "createdAt")]
    created_at: DateTime<Utc>,
    #[sea_orm(column_name = "updatedAt")]
    updated_at: DateTime<Utc>,
    epoch: Option<i64>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<Model> for Link {
    fn from(row: Model) -> Self {
        Self { user: UserId(row.value), epoch: row.epoch }
    }
}

/// The identifier of the note that a link had its effect.
fn used(link: &str) -> String {
    format!("used-link:{}", crypto::digest(link))
}

/// Links in the database.
pub(crate) struct DatabaseStore;

impl DatabaseStore {
    /// Keeps a link.
    pub(super) async fn put<C: ConnectionTrait>(
        &self,
        db: &C,
        verification: Verification,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let Verification { identifier, link: Link { user, epoch }, expires_at } = verification;
        let row = ActiveModel {
            id: Set(random_alphanumeric()),
            identifier: Set(identifier),
            value: Set(user.0),
            expires_at: Set(expires_at),
            created_at: Set(now),
            updated_at: Set(now),
            epoch: Set(epoch),
        };
        Entity::insert(row).exec_without_returning(db).await.map_err(internal)?;
        Ok(())
    }

    /// A link that has not expired; it stays.
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

    /// Takes a link out, unless it has expired. Of many that try at once one
    /// succeeds.
    pub(super) async fn take<C: ConnectionTrait>(
        &self,
        db: &C,
        identifier: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Link>> {
        let taken =
            Entity::delete_many().filter(Column::Identifier.eq(identifier)).exec_with_returning(db);
        let rows = taken.await.map_err(internal)?;
        let valid = rows.into_iter().find(|row| row.expires_at >= now);
        Ok(valid.map(Link::from))
    }

    /// Notes until when a link is known to have had its effect. The row names nobody, and
    /// is no link to a server that shares the table.
    pub(super) async fn note_used<C: ConnectionTrait>(
        &self,
        db: &C,
        link: &str,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let nobody = Link { user: UserId(String::new()), epoch: None };
        let note = Verification { identifier: used(link), link: nobody, expires_at: until };
        self.put(db, note, now).await
    }

    /// Whether a link is known to have had its effect.
    pub(super) async fn is_used<C: ConnectionTrait>(
        &self,
        db: &C,
        link: &str,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        Ok(self.find(db, &used(link), now).await?.is_some())
    }

    /// Removes links that ended before this: whoever asks for links, also for nobody's
    /// address, shall not fill the table.
    pub(super) async fn sweep(&self, db: &Database, before: DateTime<Utc>) -> Result<u64> {
        let ended = || Entity::find().filter(Column::ExpiresAt.lt(before));
        retention::sweep(db, Column::Id, ended).await
    }

    /// Removes every link of a user.
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
