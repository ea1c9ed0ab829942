//! Accounts with a password, in the table `account`.

use chrono::{DateTime, Utc};
use database::{
    internal,
    user::{entity as user, with_address},
};
use domain::{Result, User, UserId, id::random_alphanumeric};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
    sea_query::{Expr, ExprTrait},
};

use super::store::{ActiveModel, CREDENTIAL, Column, Entity};
use crate::password::{Form, PasswordHash};

/// A user who may sign in with the right password.
pub(crate) struct Candidate {
    pub(crate) user: User,
    pub(crate) hash: PasswordHash,
}

/// What names a user who signs in with a password.
#[derive(Clone, Copy)]
pub(crate) enum Login<'a> {
    /// In lower case.
    Email(&'a str),
    /// Normalized.
    Username(&'a str),
    PhoneNumber(&'a str),
}

impl<'a> Login<'a> {
    pub(crate) fn text(self) -> &'a str {
        match self {
            Self::Email(text) | Self::Username(text) | Self::PhoneNumber(text) => text,
        }
    }
}

/// Finds the user with this name, and their password, in one statement. Returns `None` for deleted
/// users and users without a password.
pub(crate) async fn find_credential<C: ConnectionTrait>(
    db: &C,
    login: Login<'_>,
) -> Result<Option<Candidate>> {
    let credentials = Entity::find()
        .filter(Column::ProviderId.eq(CREDENTIAL))
        .filter(Expr::col((Entity, Column::AccountId)).equals((user::Entity, user::Column::Id)));
    let named = match login {
        Login::Email(email) => with_address(credentials, db.get_database_backend(), email),
        Login::Username(name) => credentials.filter(user::Column::Username.eq(name)),
        Login::PhoneNumber(number) => credentials.filter(user::Column::PhoneNumber.eq(number)),
    };
    let found =
        named.filter(user::Column::DeletedAt.is_null()).find_also_related(user::Entity).one(db);
    let row = found.await.map_err(internal)?;
    Ok(row.and_then(|(account, user)| {
        Some(Candidate { user: user?.into(), hash: account.password? })
    }))
}

/// Stores the password of a new user.
pub(crate) async fn insert_credential<C: ConnectionTrait>(
    db: &C,
    user: &UserId,
    hash: PasswordHash,
    now: DateTime<Utc>,
) -> Result<()> {
    let row = ActiveModel {
        id: Set(random_alphanumeric()),
        account_id: Set(user.0.clone()),
        provider_id: Set(CREDENTIAL.to_owned()),
        user_id: Set(user.0.clone()),
        scope: Set(None),
        password: Set(Some(hash)),
        created_at: Set(now),
        updated_at: Set(now),
    };
    Entity::insert(row).exec_without_returning(db).await.map_err(internal)?;
    Ok(())
}

/// The stored password of a user, if they have one.
pub(crate) async fn find_password<C: ConnectionTrait>(
    db: &C,
    user: &UserId,
) -> Result<Option<PasswordHash>> {
    let found = Entity::find()
        .filter(Column::ProviderId.eq(CREDENTIAL))
        .filter(Column::UserId.eq(user.as_str()))
        .one(db);
    Ok(found.await.map_err(internal)?.and_then(|account| account.password))
}

/// Replaces the password of a user, or stores their first one.
pub(crate) async fn set_password<C: ConnectionTrait>(
    db: &C,
    user: &UserId,
    hash: PasswordHash,
    now: DateTime<Utc>,
) -> Result<()> {
    let updated = Entity::update_many()
        .col_expr(Column::Password, Expr::value(hash.clone()))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::ProviderId.eq(CREDENTIAL))
        .filter(Column::UserId.eq(user.as_str()))
        .exec(db);
    if updated.await.map_err(internal)?.rows_affected == 0 {
        insert_credential(db, user, hash, now).await?;
    }
    Ok(())
}

/// Replaces the `old` password, unless a concurrent request changed it. Returns whether it was
/// replaced.
pub(crate) async fn replace_password<C: ConnectionTrait>(
    db: &C,
    user: &UserId,
    old: PasswordHash,
    new: PasswordHash,
    now: DateTime<Utc>,
) -> Result<bool> {
    let updated = Entity::update_many()
        .col_expr(Column::Password, Expr::value(new))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::ProviderId.eq(CREDENTIAL))
        .filter(Column::UserId.eq(user.as_str()))
        .filter(Column::Password.eq(old))
        .exec(db);
    Ok(updated.await.map_err(internal)?.rows_affected > 0)
}

/// Returns whether this still is the user's password; if so, locks it until the transaction
/// ends.
pub(crate) async fn hold_password<C: ConnectionTrait>(
    db: &C,
    user: &UserId,
    password: PasswordHash,
) -> Result<bool> {
    let found = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::ProviderId.eq(CREDENTIAL))
        .filter(Column::UserId.eq(user.as_str()))
        .filter(Column::Password.eq(password))
        .lock_exclusive()
        .into_tuple::<String>()
        .one(db);
    Ok(found.await.map_err(internal)?.is_some())
}

/// Stores the same password in another form, unless a concurrent request changed it. Returns
/// whether it was stored; if so, it is locked until the transaction ends.
pub(crate) async fn rehash<C: ConnectionTrait>(
    db: &C,
    user: &UserId,
    old: PasswordHash,
    new: PasswordHash,
) -> Result<bool> {
    let updated = Entity::update_many()
        .col_expr(Column::Password, Expr::value(new))
        .filter(Column::ProviderId.eq(CREDENTIAL))
        .filter(Column::UserId.eq(user.as_str()))
        .filter(Column::Password.eq(old))
        .exec(db);
    let renewed = updated.await.map_err(internal)?.rows_affected > 0;
    if renewed {
        tracing::info!(user_id = %user, "password stored in the configured form");
    }
    Ok(renewed)
}

/// The forms of a sample of the stored passwords.
pub(crate) async fn password_forms<C: ConnectionTrait>(db: &C) -> Result<Vec<Form>> {
    const SAMPLE: u64 = 1_000;
    let hashes = Entity::find()
        .select_only()
        .column(Column::Password)
        .filter(Column::ProviderId.eq(CREDENTIAL))
        .filter(Column::Password.is_not_null())
        // Ids are random, so the first ones are a random sample.
        .order_by_asc(Column::Id)
        .limit(SAMPLE)
        .into_tuple::<PasswordHash>()
        .all(db);
    Ok(hashes.await.map_err(internal)?.iter().map(PasswordHash::form).collect())
}
