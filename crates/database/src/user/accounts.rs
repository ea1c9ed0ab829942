//! The accounts of users, for reading: provider and date. The crate `auth` owns the table and all
//! other columns.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{Result, UserAccount, UserId};
use sea_orm::{ConnectionTrait, QueryOrder, entity::prelude::*};

use super::UserRepository;
use crate::{internal, key_in};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: String,
    #[sea_orm(column_name = "userId")]
    user_id: String,
    #[sea_orm(column_name = "providerId")]
    provider_id: String,
    #[sea_orm(column_name = "createdAt")]
    created_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl<C: ConnectionTrait> UserRepository<'_, C> {
    /// Finds the accounts of users, by user, the oldest first.
    pub async fn find_accounts(
        &self,
        users: &[UserId],
    ) -> Result<HashMap<UserId, Vec<UserAccount>>> {
        let keys = users.iter().map(|id| id.0.clone()).collect();
        let rows = Entity::find()
            .filter(key_in(self.backend(), Column::UserId, keys))
            .order_by_asc(Column::CreatedAt)
            .order_by_asc(Column::Id)
            .all(self.0);
        let mut accounts: HashMap<_, Vec<_>> = HashMap::new();
        for Model { id: _, user_id, provider_id, created_at } in rows.await.map_err(internal)? {
            let account = UserAccount { provider: provider_id, created_at };
            accounts.entry(UserId(user_id)).or_default().push(account);
        }
        Ok(accounts)
    }
}
