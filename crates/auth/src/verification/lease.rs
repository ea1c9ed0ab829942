//! Leases: locks in the database that expire. One process at a time does a piece of work.
//!
//! A lease is a row of the table `verification` whose primary key names the work, so that the
//! database decides between concurrent requests, without a transaction that lasts as long as the
//! work. A lease expires, in case its process ends before the work does.

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

/// The lease of this process for a piece of work.
pub(crate) struct Lease {
    name: String,
    /// 32 letters and digits.
    owner: String,
}

/// The lease as another process sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LeaseState {
    /// No process does the work.
    Free,
    /// A process does the work.
    Held,
    /// The last process that did the work failed.
    Failed,
}

impl Lease {
    /// Acquires the lease of this work for `duration`, unless another process holds it.
    pub(crate) async fn acquire<C: ConnectionTrait>(
        db: &C,
        name: &str,
        duration: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<Option<Self>> {
        let owner = random_alphanumeric();
        let row = ActiveModel {
            id: Set(name.to_owned()),
            identifier: Set(name.to_owned()),
            value: Set(owner.clone()),
            expires_at: Set(now + duration),
            created_at: Set(now),
            updated_at: Set(now),
            epoch: Set(None),
        };
        let unless_held = OnConflict::column(Column::Id)
            .update_columns([Column::Value, Column::ExpiresAt, Column::UpdatedAt])
            .action_and_where(has_ended(duration, now))
            .to_owned();
        let inserted = Entity::insert(row).on_conflict(unless_held).exec_without_returning(db);
        let is_acquired = inserted.await.map_err(internal)? == 1;
        Ok(is_acquired.then(|| Self { name: name.to_owned(), owner }))
    }

    /// Returns the state of the lease of this work, whose duration is `duration`.
    pub(crate) async fn state<C: ConnectionTrait>(
        db: &C,
        name: &str,
        duration: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<LeaseState> {
        let Some(row) = Entity::find_by_id(name).one(db).await.map_err(internal)? else {
            return Ok(LeaseState::Free);
        };
        Ok(if row.value == FAILED {
            LeaseState::Failed
        } else if row.expires_at <= now || row.expires_at > now + duration + SKEW {
            LeaseState::Free
        } else {
            LeaseState::Held
        })
    }

    /// Releases the lease.
    pub(crate) async fn release<C: ConnectionTrait>(&self, db: &C) -> Result<()> {
        let deleted = Entity::delete_many()
            .filter(Column::Id.eq(&*self.name))
            .filter(Column::Value.eq(&*self.owner))
            .exec(db);
        deleted.await.map_err(internal)?;
        Ok(())
    }

    /// Releases the lease, and marks the work as failed for the processes that wait.
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

/// The stored lease has expired, or is from before the clock was set back.
fn has_ended(duration: TimeDelta, now: DateTime<Utc>) -> SimpleExpr {
    let end = || Expr::col((Entity, Column::ExpiresAt));
    end().lte(now).or(end().gt(now + duration + SKEW))
}
