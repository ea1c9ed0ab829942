//! The table `walletAddress`, in better-auth's columns.

use chrono::{DateTime, Utc};
use database::internal;
use domain::{Result, UserId, id::random_alphanumeric};
use sea_orm::{ConnectionTrait, QueryOrder, Set, entity::prelude::*};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "walletAddress")]
struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: String,
    #[sea_orm(column_name = "userId")]
    user_id: String,
    address: String,
    #[sea_orm(column_name = "chainId")]
    chain_id: i32,
    #[sea_orm(column_name = "isPrimary")]
    is_primary: bool,
    #[sea_orm(column_name = "createdAt")]
    created_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// An address of a user on a chain.
pub(super) struct WalletAddress {
    pub(super) id: String,
    pub(super) user_id: UserId,
    pub(super) chain_id: i32,
}

impl From<Model> for WalletAddress {
    fn from(row: Model) -> Self {
        let Model { id, user_id, address: _, chain_id, is_primary: _, created_at: _ } = row;
        Self { id, user_id: UserId(user_id), chain_id }
    }
}

/// Lists the rows of an address, on every chain, the oldest first.
pub(super) async fn list<C: ConnectionTrait>(db: &C, address: &str) -> Result<Vec<WalletAddress>> {
    let rows = Entity::find()
        .filter(Column::Address.eq(address))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .all(db);
    Ok(rows.await.map_err(internal)?.into_iter().map(WalletAddress::from).collect())
}

/// Stores an address of a user.
pub(super) async fn insert<C: ConnectionTrait>(
    db: &C,
    user: &UserId,
    (address, chain_id): (&str, i32),
    is_primary: bool,
    now: DateTime<Utc>,
) -> Result<()> {
    let row = ActiveModel {
        id: Set(random_alphanumeric()),
        user_id: Set(user.0.clone()),
        address: Set(address.to_owned()),
        chain_id: Set(chain_id),
        is_primary: Set(is_primary),
        created_at: Set(now),
    };
    Entity::insert(row).exec_without_returning(db).await.map_err(internal)?;
    Ok(())
}

/// Deletes a row.
pub(super) async fn delete<C: ConnectionTrait>(db: &C, id: &str) -> Result<()> {
    Entity::delete_by_id(id).exec(db).await.map_err(internal)?;
    Ok(())
}

/// Deletes all addresses of a user.
pub(crate) async fn delete_all<C: ConnectionTrait>(db: &C, user: &UserId) -> Result<()> {
    let deleted = Entity::delete_many().filter(Column::UserId.eq(user.as_str())).exec(db);
    deleted.await.map_err(internal)?;
    Ok(())
}
