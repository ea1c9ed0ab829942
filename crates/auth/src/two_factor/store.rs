//! The table `twoFactor`, with better-auth's columns.

use chrono::{DateTime, Utc};
use database::internal;
use domain::{Result, UserId, id::random_alphanumeric};
use sea_orm::{
    ConnectionTrait, Set,
    entity::prelude::*,
    sea_query::{Expr, ExprTrait, Func},
};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "twoFactor")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) id: String,
    /// The sealed key of the authenticator app.
    pub(super) secret: String,
    #[sea_orm(column_name = "backupCodes")]
    pub(super) backup_codes: String,
    #[sea_orm(column_name = "userId")]
    user_id: String,
    /// Whether the user gave a code of the app; rows of old servers have `NULL`.
    pub(super) verified: Option<bool>,
    #[sea_orm(column_name = "failedVerificationCount")]
    failed_verification_count: Option<i32>,
    #[sea_orm(column_name = "lockedUntil")]
    pub(super) locked_until: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The second factor of an authenticator app, to be stored.
pub(super) struct NewFactor {
    pub(super) secret: String,
    pub(super) backup_codes: String,
    pub(super) verified: bool,
}

/// The second factor of a user.
pub(super) async fn find<C: ConnectionTrait>(db: &C, user: &UserId) -> Result<Option<Model>> {
    Entity::find().filter(Column::UserId.eq(user.as_str())).one(db).await.map_err(internal)
}

/// Stores the second factor of a user who has none.
pub(super) async fn insert<C: ConnectionTrait>(
    db: &C,
    user: &UserId,
    new: NewFactor,
) -> Result<()> {
    let row = ActiveModel {
        id: Set(random_alphanumeric()),
        secret: Set(new.secret),
        backup_codes: Set(new.backup_codes),
        user_id: Set(user.0.clone()),
        verified: Set(Some(new.verified)),
        failed_verification_count: Set(Some(0)),
        locked_until: Set(None),
    };
    Entity::insert(row).exec_without_returning(db).await.map_err(internal)?;
    Ok(())
}

/// Replaces a second factor that was never verified.
pub(super) async fn replace<C: ConnectionTrait>(db: &C, old: &Model, new: NewFactor) -> Result<()> {
    let changes = [
        (Column::Secret, Expr::value(new.secret)),
        (Column::BackupCodes, Expr::value(new.backup_codes)),
        (Column::Verified, Expr::value(new.verified)),
    ];
    change(db, old, changes).await
}

/// Stores that the user gave a code of the app.
pub(super) async fn verify<C: ConnectionTrait>(db: &C, row: &Model) -> Result<()> {
    change(db, row, [(Column::Verified, Expr::value(true))]).await
}

/// Replaces the backup codes, unless another server changed them. Returns whether it did.
pub(super) async fn replace_backup_codes<C: ConnectionTrait>(
    db: &C,
    row: &Model,
    codes: String,
) -> Result<bool> {
    let updated = Entity::update_many()
        .col_expr(Column::BackupCodes, Expr::value(codes))
        .filter(Column::Id.eq(row.id.as_str()))
        .filter(Column::BackupCodes.eq(row.backup_codes.as_str()))
        .exec(db);
    Ok(updated.await.map_err(internal)?.rows_affected > 0)
}

/// Counts a wrong code, and locks the account `until` a time if there were `max` of them.
pub(super) async fn count_failure<C: ConnectionTrait>(
    db: &C,
    row: &Model,
    max: u32,
    until: DateTime<Utc>,
) -> Result<()> {
    let count = Func::coalesce([Expr::col(Column::FailedVerificationCount), Expr::value(0)]);
    let next = Expr::expr(count).add(1);
    change(db, row, [(Column::FailedVerificationCount, next)]).await?;
    let locked = Entity::update_many()
        .col_expr(Column::LockedUntil, Expr::value(until))
        .filter(Column::Id.eq(row.id.as_str()))
        .filter(Column::FailedVerificationCount.gte(max))
        .exec(db);
    locked.await.map_err(internal)?;
    Ok(())
}

/// Forgets the wrong codes, and ends the lock.
pub(super) async fn forget_failures<C: ConnectionTrait>(db: &C, row: &Model) -> Result<()> {
    let changes = [
        (Column::FailedVerificationCount, Expr::value(0)),
        (Column::LockedUntil, Expr::value(None::<DateTime<Utc>>)),
    ];
    change(db, row, changes).await
}

/// Deletes the second factor of a user.
pub(crate) async fn delete_all<C: ConnectionTrait>(db: &C, user: &UserId) -> Result<()> {
    let deleted = Entity::delete_many().filter(Column::UserId.eq(user.as_str())).exec(db);
    deleted.await.map_err(internal)?;
    Ok(())
}

async fn change<C: ConnectionTrait, const N: usize>(
    db: &C,
    row: &Model,
    changes: [(Column, Expr); N],
) -> Result<()> {
    let update = Entity::update_many().filter(Column::Id.eq(row.id.as_str()));
    let update =
        changes.into_iter().fold(update, |update, (column, value)| update.col_expr(column, value));
    update.exec(db).await.map_err(internal)?;
    Ok(())
}
