//! The table `account`, in better-auth's columns: the list of a user's accounts. `credential` has
//! the queries of passwords, `linked` those of identity providers, whose tokens are not read here.

use chrono::{DateTime, Utc};
use database::{internal, user::entity as user};
use domain::{Result, UserId};
use sea_orm::{ConnectionTrait, QueryOrder, QuerySelect, entity::prelude::*};

use crate::password::PasswordHash;

/// The provider of accounts with a password.
pub(crate) const CREDENTIAL: &str = "credential";

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: String,
    /// The user's id at the provider; the user's own id for [`CREDENTIAL`].
    #[sea_orm(column_name = "accountId")]
    account_id: String,
    #[sea_orm(column_name = "providerId")]
    provider_id: String,
    #[sea_orm(column_name = "userId")]
    user_id: String,
    scope: Option<String>,
    pub(super) password: Option<PasswordHash>,
    #[sea_orm(column_name = "createdAt")]
    created_at: DateTime<Utc>,
    #[sea_orm(column_name = "updatedAt")]
    updated_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {
    #[sea_orm(belongs_to = "user::Entity", from = "Column::UserId", to = "user::Column::Id")]
    User,
}

impl Related<user::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::User.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

/// An account: a sign-in method of a user.
pub(crate) struct Account {
    /// 32 letters and digits.
    pub(crate) id: String,
    /// e.g. `credential`
    pub(crate) provider: String,
    /// The user's id at the provider.
    pub(crate) provider_account_id: String,
    pub(crate) user_id: String,
    /// The scopes that the provider granted, separated by commas.
    pub(crate) scope: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

impl From<Model> for Account {
    fn from(row: Model) -> Self {
        let Model {
            id,
            account_id,
            provider_id,
            user_id,
            scope,
            password: _,
            created_at,
            updated_at,
        } = row;
        Self {
            id,
            provider: provider_id,
            provider_account_id: account_id,
            user_id,
            scope,
            created_at,
            updated_at,
        }
    }
}

/// The accounts of a user, oldest first.
pub(super) async fn list<C: ConnectionTrait>(db: &C, user: &UserId) -> Result<Vec<Account>> {
    let rows = of_user(user).all(db).await.map_err(internal)?;
    Ok(rows.into_iter().map(Account::from).collect())
}

/// As [`list`], and locks the rows: no other transaction deletes one before this one ends.
pub(super) async fn list_locked<C: ConnectionTrait>(db: &C, user: &UserId) -> Result<Vec<Account>> {
    let rows = of_user(user).lock_exclusive().all(db).await.map_err(internal)?;
    Ok(rows.into_iter().map(Account::from).collect())
}

fn of_user(user: &UserId) -> Select<Entity> {
    Entity::find()
        .filter(Column::UserId.eq(user.as_str()))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
}

/// Deletes an account.
pub(super) async fn delete<C: ConnectionTrait>(db: &C, account: &Account) -> Result<()> {
    Entity::delete_by_id(&account.id).exec(db).await.map_err(internal)?;
    Ok(())
}

/// Deletes all accounts of a user.
pub(crate) async fn delete_all<C: ConnectionTrait>(db: &C, user: &UserId) -> Result<()> {
    let deleted = Entity::delete_many().filter(Column::UserId.eq(user.as_str())).exec(db);
    deleted.await.map_err(internal)?;
    Ok(())
}
