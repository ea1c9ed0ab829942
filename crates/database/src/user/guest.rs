//! Guests: users without a credential, whose rows go to the user that they become.

use chrono::{DateTime, Utc};
use domain::{Permit, Result, User, UserId, ability::Delete};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Select,
    sea_query::{Alias, Expr, ExprTrait, LockType, Query},
};

use super::{
    OwnedTable, UserRepository,
    entity::{Column, Entity},
    pending::rows_of,
};
use crate::{internal, log_change};

/// Guests whom no session can use any more.
#[derive(Clone, Copy, Debug)]
pub struct IdleGuests<'a> {
    /// They were created before this.
    pub created_before: DateTime<Utc>,
    /// Patterns of `LIKE` for their placeholder addresses.
    pub addresses: &'a [&'a str],
    /// They have no row in these tables.
    pub without: &'a [OwnedTable],
    /// They have no session that ends later.
    pub now: DateTime<Utc>,
    /// Their ids follow this one.
    pub after: &'a str,
    /// The maximum number of guests.
    pub limit: u64,
}

impl<C: ConnectionTrait> UserRepository<'_, C> {
    /// As [`UserRepository::find_locked`], and lets new rows that refer to the user wait, such as
    /// books: none is added while the user's rows go to another one.
    pub async fn find_exclusively(&self, id: &UserId) -> Result<Option<User>> {
        let found = Entity::find_by_id(id.as_str()).lock(LockType::Update).one(self.0);
        Ok(found.await.map_err(internal)?.map(User::from))
    }

    /// Whether the user has a row in one of these tables.
    pub async fn has_rows(&self, id: &UserId, tables: &[OwnedTable]) -> Result<bool> {
        let has_one = tables
            .iter()
            .fold(Condition::any(), |any, table| any.add(Expr::exists(rows_of(table))));
        let found = Entity::find_by_id(id.as_str())
            .select_only()
            .column(Column::Id)
            .filter(has_one)
            .into_tuple::<String>()
            .one(self.0);
        Ok(found.await.map_err(internal)?.is_some())
    }

    /// Gives the permitted user's rows of these tables to another user. Returns their number.
    pub async fn transfer_owned(
        &self,
        permit: &Permit<Delete, User>,
        owned: &[OwnedTable],
        to: &UserId,
    ) -> Result<u64> {
        let from = &permit.subject().id;
        let mut rows = 0;
        for OwnedTable { table, user_id } in owned {
            let user_id = Alias::new(*user_id);
            let mut update = Query::update();
            update
                .table(Alias::new(*table))
                .value(user_id.clone(), to.as_str())
                .and_where(Expr::col(user_id).eq(from.as_str()));
            rows += self.0.execute(&update).await.map_err(internal)?.rows_affected();
        }
        log_change(permit, from.as_str());
        Ok(rows)
    }

    /// Deletes the row of the permitted user, unless they own a row of these tables. Returns
    /// whether it was deleted.
    pub async fn delete_row(
        &self,
        permit: &Permit<Delete, User>,
        owned: &[OwnedTable],
    ) -> Result<bool> {
        let id = permit.subject().id.as_str();
        let delete = Entity::delete_many().filter(Column::Id.eq(id));
        let delete = owned
            .iter()
            .fold(delete, |delete, table| delete.filter(Expr::exists(rows_of(table)).not()));
        let deleted = delete.exec(self.0).await.map_err(internal)?.rows_affected > 0;
        if deleted {
            log_change(permit, id);
        }
        Ok(deleted)
    }

    /// Lists the ids of idle guests, in order.
    pub async fn list_idle_guests(&self, guests: IdleGuests<'_>) -> Result<Vec<UserId>> {
        let ids = idle(guests)
            .select_only()
            .column(Column::Id)
            .filter(Column::Id.gt(guests.after))
            .order_by_asc(Column::Id)
            .limit(guests.limit)
            .into_tuple::<String>()
            .all(self.0);
        Ok(ids.await.map_err(internal)?.into_iter().map(UserId).collect())
    }

    /// Deletes those of these users who are still idle guests. Returns their number.
    pub async fn delete_idle_guests(&self, guests: IdleGuests<'_>, ids: &[UserId]) -> Result<u64> {
        if ids.is_empty() {
            return Ok(0);
        }
        let ids = ids.iter().map(UserId::as_str);
        let still_idle = sea_orm::QueryTrait::into_query(
            idle(guests)
                .select_only()
                .column(Column::Id)
                .filter(Column::Id.is_in(ids))
                .lock(LockType::Update),
        );
        let deleted = Entity::delete_many().filter(Column::Id.in_subquery(still_idle)).exec(self.0);
        Ok(deleted.await.map_err(internal)?.rows_affected)
    }
}

fn idle(guests: IdleGuests<'_>) -> Select<Entity> {
    let IdleGuests { created_before, addresses, without, now, .. } = guests;
    let is_placeholder = addresses
        .iter()
        .fold(Condition::any(), |any, pattern| any.add(Column::Email.like(*pattern)));
    let mut sessions = rows_of(&OwnedTable { table: "session", user_id: "userId" });
    sessions.and_where(Expr::col((Alias::new("session"), Alias::new("expiresAt"))).gte(now));
    let guests = Entity::find()
        // As in the index of guests.
        .filter(Expr::col((Entity, Column::IsAnonymous)))
        .filter(Column::DeletedAt.is_null())
        .filter(Column::CreatedAt.lt(created_before))
        // A guest who got another address or a phone number can sign in with it.
        .filter(is_placeholder)
        .filter(Column::EmailVerified.eq(false))
        .filter(Column::PhoneNumber.is_null())
        .filter(Expr::exists(sessions).not());
    without.iter().fold(guests, |guests, table| guests.filter(Expr::exists(rows_of(table)).not()))
}
