//! The table `user`: its repository, with queries and sign-ups. `update` has the changes, `guest`
//! the end of guests, and `accounts` a query of the table `account`.

mod accounts;
mod address;
pub mod entity;
mod guest;
mod mapper;
mod pending;
mod rule_table;
mod update;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{Error, NewUser, Permit, Result, User, UserId, ability::Create};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QuerySelect, Select,
    sea_query::{ExprTrait, LockType},
};

use self::entity::{Column, Entity};
pub use self::{address::with_address, guest::IdleGuests, rule_table::RULE_TABLE};
use crate::{failure::violates_unique, internal, key_in, log_change, on_unique};

/// A table of the application whose rows belong to users.
///
/// A sign-up with an unverified address is replaced by a later one, and its user is removed. A
/// user who owns a row of such a table is kept. A guest who becomes a user gives them the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnedTable {
    /// Name of the table.
    pub table: &'static str,
    /// Column with the owner's id.
    pub user_id: &'static str,
}

/// The table `user` behind a connection or a transaction.
#[derive(Debug)]
pub struct UserRepository<'c, C>(&'c C);

impl<'c, C: ConnectionTrait> UserRepository<'c, C> {
    /// Creates a repository on `connection`.
    pub fn new(connection: &'c C) -> Self {
        Self(connection)
    }

    fn backend(&self) -> DbBackend {
        self.0.get_database_backend()
    }

    /// Finds a user by id, deleted users included.
    pub async fn find(&self, id: &UserId) -> Result<Option<User>> {
        let row = Entity::find_by_id(id.as_str()).one(self.0).await.map_err(internal)?;
        Ok(row.map(User::from))
    }

    /// As [`UserRepository::find`], and locks the user until the transaction ends. A change of
    /// several rows of an account takes this lock first; otherwise two such changes could
    /// deadlock.
    pub async fn find_locked(&self, id: &UserId) -> Result<Option<User>> {
        // New rows that refer to the user, such as sessions and books, need not wait.
        let found = Entity::find_by_id(id.as_str()).lock(LockType::NoKeyUpdate).one(self.0);
        Ok(found.await.map_err(internal)?.map(User::from))
    }

    /// Finds users by id, in no order, deleted users included.
    pub async fn find_many(&self, ids: &[UserId]) -> Result<Vec<User>> {
        self.all(self.by_ids(ids)).await
    }

    fn by_ids(&self, ids: &[UserId]) -> Select<Entity> {
        let keys = ids.iter().map(|id| id.0.clone()).collect();
        Entity::find().filter(key_in(self.backend(), Column::Id, keys))
    }

    async fn all(&self, query: Select<Entity>) -> Result<Vec<User>> {
        let rows = query.all(self.0).await.map_err(internal)?;
        Ok(rows.into_iter().map(User::from).collect())
    }

    /// Finds the user with this lower-case address. Deleted users have no address.
    pub async fn find_by_email(&self, email: &str) -> Result<Option<User>> {
        let found = with_address(Entity::find(), self.backend(), email)
            .filter(Column::DeletedAt.is_null())
            .one(self.0);
        Ok(found.await.map_err(internal)?.map(User::from))
    }

    /// Finds the user with this normalized user name. Deleted users have none.
    pub async fn find_by_username(&self, username: &str) -> Result<Option<User>> {
        self.find_by(Column::Username, username).await
    }

    /// Finds the user with this phone number. Deleted users have none.
    pub async fn find_by_phone_number(&self, number: &str) -> Result<Option<User>> {
        self.find_by(Column::PhoneNumber, number).await
    }

    async fn find_by(&self, column: Column, value: &str) -> Result<Option<User>> {
        let found = Entity::find().filter(column.eq(value)).filter(Column::DeletedAt.is_null());
        Ok(found.one(self.0).await.map_err(internal)?.map(User::from))
    }

    /// Finds the id of the user with this lower-case address. Reads only columns that every
    /// version of the table has.
    pub async fn find_id_by_email(&self, email: &str) -> Result<Option<UserId>> {
        let users = Entity::find().select_only().column(Column::Id);
        let found = with_address(users, self.backend(), email).into_tuple::<String>().one(self.0);
        Ok(found.await.map_err(internal)?.map(UserId))
    }

    /// Finds the ids of the users with these lower-case addresses, by address.
    pub async fn find_ids_by_emails(&self, emails: &[&str]) -> Result<HashMap<String, UserId>> {
        if emails.is_empty() {
            return Ok(HashMap::new());
        }
        let lower = address::in_lower_case(self.backend());
        let found = Entity::find()
            .select_only()
            .expr(lower.clone())
            .column(Column::Id)
            .filter(lower.is_in(emails.iter().copied()))
            .into_tuple::<(String, String)>()
            .all(self.0);
        let found = found.await.map_err(internal)?;
        Ok(found.into_iter().map(|(email, id)| (email, UserId(id))).collect())
    }

    /// Inserts a user. Fails with `CONFLICT` on `email` if the address is taken.
    pub async fn insert(
        &self,
        permit: Permit<Create, NewUser>,
        now: DateTime<Utc>,
    ) -> Result<User> {
        self.store(&permit, permit.subject().clone().stored(now)).await
    }

    /// Inserts a user who cannot sign in before the address is verified. Returns whether another
    /// pending sign-up with this address was removed, which makes its links invalid. A user with
    /// rows in `owned` is not removed. Fails with `CONFLICT` on `email` if the address belongs to
    /// another user.
    pub async fn insert_pending(
        &self,
        permit: Permit<Create, NewUser>,
        owned: &[OwnedTable],
        now: DateTime<Utc>,
    ) -> Result<(User, bool)> {
        let user = permit.subject().clone().stored(now);
        let replaces = self.remove_pending(&user.email, owned).await?;
        let user = self.store(&permit, User { pending: true, ..user }).await?;
        Ok((user, replaces))
    }

    /// Inserts a user who can sign in at once. Removes a pending sign-up with this address, as
    /// [`insert_pending`](Self::insert_pending) does.
    pub async fn insert_replacing(
        &self,
        permit: Permit<Create, NewUser>,
        owned: &[OwnedTable],
        now: DateTime<Utc>,
    ) -> Result<User> {
        let user = permit.subject().clone().stored(now);
        self.remove_pending(&user.email, owned).await?;
        self.store(&permit, user).await
    }

    /// Removes the user who signed up with this address, and neither verified it nor signed in.
    /// Returns whether there was one.
    async fn remove_pending(&self, email: &str, owned: &[OwnedTable]) -> Result<bool> {
        let removed = pending::removal(self.backend(), email, owned).exec(self.0);
        Ok(removed.await.map_err(internal)?.rows_affected > 0)
    }

    async fn store(&self, permit: &Permit<Create, NewUser>, user: User) -> Result<User> {
        let inserted = self.0.execute(&address::insertion(self.backend(), &user)).await;
        let inserted = expect_unique(inserted)?;
        if inserted.rows_affected() == 0 {
            return Err(is_taken());
        }
        log_change(permit, user.id.as_str());
        Ok(user)
    }
}

/// Reports the unique value that another user has.
fn expect_unique<T>(result: std::result::Result<T, DbErr>) -> Result<T> {
    const NAME: (&str, &str) = ("username", "another user has this user name");
    const PHONE: (&str, &str) = ("phoneNumber", "another user has this phone number");
    for (column, message) in [NAME, PHONE] {
        if let Err(error) = &result
            && violates_unique(error, "user", column)
        {
            return Err(Error::conflict(column, message));
        }
    }
    on_unique(result, "user", "email", is_taken)
}

fn is_taken() -> Error {
    Error::conflict("email", "another user has this address")
}
