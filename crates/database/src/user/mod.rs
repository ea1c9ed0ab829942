//! Queries of the table `user`.

mod address;
pub mod entity;
mod mapper;
mod pending;
mod readable;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{
    Error, NewUser, Permit, ProfilePatch, Result, Role, User, UserId,
    ability::{Create, Delete, Kind, PermitAction, Update},
    id::random_alphanumeric,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect,
    Select,
    sea_query::{Expr, ExprTrait, LockType, SimpleExpr},
};

use self::{
    address::has_address,
    entity::{Column, Entity},
};
pub use self::{address::with_address, readable::RULES};
use crate::{internal, key_in, log_change, on_unique};

/// Name of a deleted user.
const DELETED_NAME: &str = "Deleted user";

/// A table of the application whose rows belong to users.
///
/// A sign-up with an unverified address is replaced by a later one, and its user is removed. A
/// user who owns a row of such a table is kept.
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

    /// Removes the user who signed up with this address, and neither verified it nor signed in.
    /// Returns whether there was one.
    async fn remove_pending(&self, email: &str, owned: &[OwnedTable]) -> Result<bool> {
        let removed = pending::removal(self.backend(), email, owned).exec(self.0);
        Ok(removed.await.map_err(internal)?.rows_affected > 0)
    }

    async fn store(&self, permit: &Permit<Create, NewUser>, user: User) -> Result<User> {
        let inserted = self.0.execute(&address::insertion(self.backend(), &user)).await;
        let inserted = on_unique(inserted, "user", "email", is_taken)?;
        if inserted.rows_affected() == 0 {
            return Err(is_taken());
        }
        log_change(permit, user.id.as_str());
        Ok(user)
    }

    /// Records that the permitted user has signed in: no other sign-up replaces the user any
    /// more.
    pub async fn clear_pending(&self, permit: Permit<Update, User>) -> Result<User> {
        let user = User { pending: false, ..permit.subject().clone() };
        let changes = vec![(Column::Pending, Expr::value(false))];
        self.change(&permit, changes, Condition::all(), user).await
    }

    /// Begins the permitted user's next epoch, unless another epoch began meanwhile. Everything
    /// authorized before becomes invalid. Only the owner of the mailbox or of a session can cause
    /// this, so no other sign-up replaces the user any more.
    pub async fn advance_epoch(&self, permit: Permit<Update, User>) -> Result<User> {
        let before = permit.subject();
        let user = User { epoch: before.epoch + 1, pending: false, ..before.clone() };
        let changes = vec![
            (Column::Epoch, Expr::col(Column::Epoch).add(1)),
            (Column::Pending, Expr::value(false)),
        ];
        let unchanged = Condition::all().add(Column::Epoch.eq(before.epoch));
        self.change(&permit, changes, unchanged, user).await
    }

    /// Changes the permitted user's public profile.
    pub async fn update_profile(
        &self,
        permit: Permit<Update, User>,
        profile: ProfilePatch,
        now: DateTime<Utc>,
    ) -> Result<User> {
        let mut user = permit.subject().clone();
        let ProfilePatch { name, image } = profile;
        let mut changes = vec![(Column::UpdatedAt, Expr::value(now))];
        if let Some(name) = name {
            changes.push((Column::Name, Expr::value(name.as_str())));
            user.name = name;
        }
        if let Some(image) = image {
            changes.push((Column::Image, Expr::value(image.clone())));
            user.image = image;
        }
        user.updated_at = now;
        self.change(&permit, changes, Condition::all(), user).await
    }

    /// Changes the permitted user's address, in lower case, or marks the current one as verified.
    /// Fails if the address, its verification or the epoch changed meanwhile. A pending sign-up
    /// with the address is removed unless its user has rows in `owned`. Fails with `CONFLICT` on
    /// `email` if the address is taken.
    pub async fn set_email(
        &self,
        permit: Permit<Update, User>,
        email: &str,
        verified: bool,
        owned: &[OwnedTable],
        now: DateTime<Utc>,
    ) -> Result<User> {
        let mut user = permit.subject().clone();
        let changes = vec![
            (Column::Email, Expr::value(email)),
            (Column::EmailVerified, Expr::value(verified)),
            (Column::Pending, Expr::value(false)),
            (Column::UpdatedAt, Expr::value(now)),
        ];
        email.clone_into(&mut user.email);
        user.email_verified = verified;
        user.pending = false;
        user.updated_at = now;
        let before = permit.subject();
        if before.email != user.email {
            self.remove_pending(email, owned).await?;
            if self.find_id_by_email(email).await?.is_some_and(|id| id != before.id) {
                return Err(is_taken());
            }
        }
        let unchanged = Condition::all()
            .add(has_address(self.backend(), &before.email))
            .add(Column::EmailVerified.eq(before.email_verified))
            .add(Column::Epoch.eq(before.epoch));
        self.change(&permit, changes, unchanged, user).await
    }

    /// Turns the permitted user into a tombstone. The row remains as the owner of books and
    /// authors; the address becomes free.
    pub async fn delete(&self, permit: Permit<Delete, User>, now: DateTime<Utc>) -> Result<()> {
        let mut user = permit.subject().clone();
        let changes = vec![
            (Column::Name, Expr::value(DELETED_NAME)),
            // The address is unique because it is random.
            (Column::Email, Expr::value(format!("{}@deleted.invalid", random_alphanumeric()))),
            (Column::EmailVerified, Expr::value(false)),
            (Column::Image, Expr::value(None::<String>)),
            (Column::Role, Expr::value(Role::default().as_str())),
            (Column::UpdatedAt, Expr::value(now)),
            (Column::DeletedAt, Expr::value(now)),
        ];
        user.deleted_at = Some(now);
        self.change(&permit, changes, Condition::all(), user).await?;
        Ok(())
    }

    /// Writes `changes` if the user still fulfils `condition` and was not deleted since the
    /// permit was given.
    async fn change<A: PermitAction>(
        &self,
        permit: &Permit<A, User>,
        changes: Vec<(Column, SimpleExpr)>,
        condition: Condition,
        after: User,
    ) -> Result<User> {
        let before = permit.subject();
        let mut update = Entity::update_many();
        for (column, value) in changes {
            update = update.col_expr(column, value);
        }
        let result = update
            .filter(Column::Id.eq(before.id.as_str()))
            .filter(condition)
            .filter(Column::DeletedAt.is_null())
            .exec(self.0)
            .await;
        let result = on_unique(result, "user", "email", is_taken)?;
        if result.rows_affected == 0 {
            return Err(Error::NotFound { kind: Kind::User });
        }
        log_change(permit, before.id.as_str());
        Ok(after)
    }

    /// Changes the permitted user's role, which applies from their next request.
    pub async fn set_role(
        &self,
        permit: Permit<Update, User>,
        role: Role,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let id = &permit.subject().id;
        let updated = Entity::update_many()
            .col_expr(Column::Role, Expr::value(role.as_str()))
            .col_expr(Column::UpdatedAt, Expr::value(now))
            .filter(Column::Id.eq(id.as_str()))
            .exec(self.0)
            .await
            .map_err(internal)?;
        if updated.rows_affected == 0 {
            return Err(Error::NotFound { kind: Kind::User });
        }
        log_change(&permit, id.as_str());
        Ok(())
    }
}

fn is_taken() -> Error {
    Error::conflict("email", "another user has this address")
}
