//! The table `passkey`, in better-auth's columns.

use chrono::{DateTime, Utc};
use database::internal;
use domain::{Result, UserId};
use sea_orm::{
    ActiveValue::Set,
    ConnectionTrait, QueryOrder,
    entity::prelude::*,
    sea_query::{Condition, ExprTrait},
};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "passkey")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) id: String,
    pub(super) name: Option<String>,
    /// COSE in base64.
    #[sea_orm(column_name = "publicKey")]
    pub(super) public_key: String,
    #[sea_orm(column_name = "userId")]
    pub(super) user_id: String,
    /// In base64url.
    #[sea_orm(column_name = "credentialID")]
    pub(super) credential_id: String,
    pub(super) counter: i32,
    /// `singleDevice` or `multiDevice`.
    #[sea_orm(column_name = "deviceType")]
    pub(super) device_type: String,
    #[sea_orm(column_name = "backedUp")]
    pub(super) backed_up: bool,
    /// Separated by commas.
    pub(super) transports: Option<String>,
    #[sea_orm(column_name = "createdAt")]
    pub(super) created_at: Option<DateTime<Utc>>,
    /// A UUID.
    pub(super) aaguid: Option<String>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The maximum number of passkeys of a user.
pub(super) const MAX_PASSKEYS: u64 = 100;

/// A passkey.
pub(super) type Passkey = Model;

/// Lists the passkeys of a user, oldest first.
pub(super) async fn list<C: ConnectionTrait>(db: &C, user: &UserId) -> Result<Vec<Passkey>> {
    let rows = Entity::find()
        .filter(Column::UserId.eq(user.as_str()))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id);
    rows.all(db).await.map_err(internal)
}

/// Counts the passkeys of a user.
pub(super) async fn count<C: ConnectionTrait>(db: &C, user: &UserId) -> Result<u64> {
    Entity::find().filter(Column::UserId.eq(user.as_str())).count(db).await.map_err(internal)
}

/// Finds a passkey by its id.
pub(super) async fn find<C: ConnectionTrait>(db: &C, id: &str) -> Result<Option<Passkey>> {
    if id.contains('\0') {
        return Ok(None);
    }
    Entity::find_by_id(id).one(db).await.map_err(internal)
}

/// Finds a passkey by its credential's id in base64url. Of several, which only better-auth on Node
/// stores, the oldest.
pub(super) async fn find_by_credential<C: ConnectionTrait>(
    db: &C,
    credential_id: &str,
) -> Result<Option<Passkey>> {
    if credential_id.contains('\0') {
        return Ok(None);
    }
    let rows = Entity::find()
        .filter(Column::CredentialId.eq(credential_id))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id);
    rows.one(db).await.map_err(internal)
}

pub(super) async fn insert<C: ConnectionTrait>(db: &C, passkey: Passkey) -> Result<()> {
    let row = ActiveModel::from(passkey).reset_all();
    Entity::insert(row).exec_without_returning(db).await.map_err(internal)?;
    Ok(())
}

/// Stores the counter of a sign-in. Returns `false` if the passkey is gone, or if a concurrent
/// sign-in stored one that is not smaller. The row is locked until the transaction ends.
pub(super) async fn update_counter<C: ConnectionTrait>(
    db: &C,
    id: &str,
    counter: i32,
) -> Result<bool> {
    let has_no_counter = Column::Counter.eq(0).and(Expr::value(counter == 0));
    let is_greater = Condition::any().add(Column::Counter.lt(counter)).add(has_no_counter);
    let update = Entity::update_many()
        .set(ActiveModel { counter: Set(counter), ..Default::default() })
        .filter(Column::Id.eq(id))
        .filter(is_greater);
    Ok(update.exec(db).await.map_err(internal)?.rows_affected == 1)
}

/// Renames a passkey of a user. Returns `None` if they have none of this id.
pub(super) async fn rename<C: ConnectionTrait>(
    db: &C,
    user: &UserId,
    id: &str,
    name: String,
) -> Result<Option<Passkey>> {
    let update = Entity::update_many()
        .set(ActiveModel { name: Set(Some(name)), ..Default::default() })
        .filter(Column::Id.eq(id))
        .filter(Column::UserId.eq(user.as_str()));
    Ok(update.exec_with_returning(db).await.map_err(internal)?.pop())
}

/// Deletes a passkey of a user. Returns whether they had one of this id.
pub(super) async fn delete<C: ConnectionTrait>(db: &C, user: &UserId, id: &str) -> Result<bool> {
    let delete =
        Entity::delete_many().filter(Column::Id.eq(id)).filter(Column::UserId.eq(user.as_str()));
    Ok(delete.exec(db).await.map_err(internal)?.rows_affected == 1)
}

/// Deletes all passkeys of a user.
pub(crate) async fn delete_all<C: ConnectionTrait>(db: &C, user: &UserId) -> Result<()> {
    let deleted = Entity::delete_many().filter(Column::UserId.eq(user.as_str())).exec(db);
    deleted.await.map_err(internal)?;
    Ok(())
}
