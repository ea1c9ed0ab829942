//! Claims: of all processes on one database, one does a piece of work at a time.
//!
//! A claim is a row of the table `verification` whose primary key names the work, so that the
//! database decides between concurrent requests, without a transaction that lasts as long as the
//! work. A claim ends by itself, in case its process ends before its work does.

use chrono::{DateTime, TimeDelta, Utc};
use database::internal;
use domain::{Result, clock::SKEW, id::random_alphanumeric};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set,
    sea_query::{Expr, ExprTrait, OnConflict, SimpleExpr},
};

use super::store::database::{ActiveModel, Column, Entity};

/// The value of the row after work that failed. Owners are longer.
const FAILED: &str = "failed";

/// The claim of this process on a piece of work.
pub(crate) struct Claim {
    name: String,
    /// 32 letters and digits.
    owner: String,
}

/// What other processes do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClaimState {
    /// No process does the work.
    Free,
    /// A process does the work.
    Held,
    /// The last process that did the work failed.
    Failed,
}

impl Claim {
    /// Claims the work of this name for `life`, unless another process holds it.
    pub(crate) async fn take<C: ConnectionTrait>(
        db: &C,
        name: &str,
        life: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<Option<Self>> {
        let owner = random_alphanumeric();
        let row = ActiveModel {
            id: Set(name.to_owned()),
            identifier: Set(name.to_owned()),
            value: Set(owner.clone()),
            expires_at: Set(now + life),
            created_at: Set(now),
            updated_at: Set(now),
            epoch: Set(None),
        };
        let unless_held = OnConflict::column(Column::Id)
            .update_columns([Column::Value, Column::ExpiresAt, Column::UpdatedAt])
            .action_and_where(has_ended(life, now))
            .to_owned();
        let inserted = Entity::insert(row).on_conflict(unless_held).exec_without_returning(db);
        let is_taken = inserted.await.map_err(internal)? == 1;
        Ok(is_taken.then(|| Self { name: name.to_owned(), owner }))
    }

    /// Returns whether the work of this name is done by a process that claimed it for `life`.
    pub(crate) async fn state<C: ConnectionTrait>(
        db: &C,
        name: &str,
        life: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<ClaimState> {
        let Some(row) = Entity::find_by_id(name).one(db).await.map_err(internal)? else {
            return Ok(ClaimState::Free);
        };
        Ok(if row.value == FAILED {
            ClaimState::Failed
        } else if row.expires_at <= now || row.expires_at > now + life + SKEW {
            ClaimState::Free
        } else {
            ClaimState::Held
        })
    }

    /// Ends the claim.
    pub(crate) async fn release<C: ConnectionTrait>(&self, db: &C) -> Result<()> {
        let deleted = Entity::delete_many()
            .filter(Column::Id.eq(&*self.name))
            .filter(Column::Value.eq(&*self.owner))
            .exec(db);
        deleted.await.map_err(internal)?;
        Ok(())
    }

    /// Ends the claim, and shows the processes that wait for it that the work failed.
    pub(crate) async fn fail<C: ConnectionTrait>(&self, db: &C, now: DateTime<Utc>) -> Result<()> {
        let failed = Entity::update_many()
            .col_expr(Column::Value, Expr::value(FAILED))
            .col_expr(Column::ExpiresAt, Expr::value(now))
            .filter(Column::Id.eq(&*self.name))
            .filter(Column::Value.eq(&*self.owner))
            .exec(db);
        failed.await.map_err(internal)?;
        Ok(())
    }
}

/// The stored claim has ended, or is from before the clock was set back.
fn has_ended(life: TimeDelta, now: DateTime<Utc>) -> SimpleExpr {
    let end = || Expr::col((Entity, Column::ExpiresAt));
    end().lte(now).or(end().gt(now + life + SKEW))
}
