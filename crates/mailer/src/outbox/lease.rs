//! Leases: one worker at a time sends a mail and stores the outcome.
//!
//! A lease is an update with the previous number of attempts in its condition, so that only
//! one of several workers succeeds. Leases expire, so that another worker sends the mails
//! of a worker that ended. Updates of an outcome have the own attempt in their condition: a
//! worker that is too late changes nothing.

use chrono::{DateTime, TimeDelta, Utc};
use database::internal;
use domain::{Result, clock::SKEW};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, UpdateMany,
    sea_query::{Expr, ExprTrait},
};

use super::{
    Outbox, State,
    table::{Column, Entity, Model},
};
use crate::Channel;

/// The length of a lease: longer than sending a mail takes at most, by enough for clocks that
/// differ.
const LEASE: TimeDelta = TimeDelta::minutes(2);

/// A mail that this worker has leased.
pub(crate) struct Leased {
    pub(crate) row: Model,
    /// The number of this attempt, from 1 on.
    pub(crate) attempt: i32,
}

impl Outbox {
    /// At most `limit` due messages of a channel, the longest waiting ones first.
    pub(crate) async fn due(
        &self,
        channel: Channel,
        states: &[State],
        limit: usize,
    ) -> Result<Vec<Model>> {
        let now = self.clock.now();
        let found = Entity::find()
            .filter(Column::Channel.eq(channel.as_str()))
            .filter(Column::State.is_in(states.iter().map(|state| state.as_str())))
            .filter(Column::NextAttemptAt.lte(now))
            .filter(free(now))
            .order_by_asc(Column::NextAttemptAt)
            .order_by_asc(Column::Id)
            .limit(u64::try_from(limit).unwrap_or(u64::MAX))
            .all(self.db.reader());
        found.await.map_err(internal)
    }

    /// Makes mails due that wait for longer than the delay of their number of attempts, because
    /// the clock was set back. Returns their number.
    pub(crate) async fn catch_up(&self, delays: impl Iterator<Item = TimeDelta>) -> Result<u64> {
        let now = self.clock.now();
        let update = Entity::update_many()
            .col_expr(Column::NextAttemptAt, Expr::value(now))
            .filter(Column::State.eq(State::Waiting.as_str()))
            .filter(is_late(now, delays))
            .exec(self.db.writer());
        Ok(update.await.map_err(internal)?.rows_affected)
    }

    /// Leases a mail, unless another worker was faster.
    pub(crate) async fn lease(&self, row: Model) -> Result<Option<Leased>> {
        let now = self.clock.now();
        let attempt = row.attempts.saturating_add(1);
        let leased = of_attempt(&row.id, row.attempts)
            .col_expr(Column::LeasedUntil, Expr::value(now + LEASE))
            .col_expr(Column::Attempts, Expr::value(attempt))
            .filter(free(now))
            .exec(self.db.writer());
        let leased = leased.await.map_err(internal)?.rows_affected == 1;
        Ok(leased.then_some(Leased { row, attempt }))
    }

    /// Stores that a server accepted the mail, and deletes its content.
    pub(crate) async fn store_sent(&self, leased: &Leased) -> Result<()> {
        let now = self.clock.now();
        let update = leased
            .update()
            .col_expr(Column::State, Expr::value(State::Sent.as_str()))
            .col_expr(Column::SentAt, Expr::value(now))
            .col_expr(Column::Content, Expr::value(None::<String>))
            .col_expr(Column::Error, Expr::value(None::<String>));
        self.store(update).await
    }

    /// Stores that the mail is in the development mailbox, with its content.
    pub(crate) async fn store_delivered(&self, leased: &Leased) -> Result<()> {
        let now = self.clock.now();
        let update = leased
            .update()
            .col_expr(Column::State, Expr::value(State::Delivered.as_str()))
            .col_expr(Column::SentAt, Expr::value(now))
            .col_expr(Column::Error, Expr::value(None::<String>));
        self.store(update).await
    }

    /// Stores the time of the next attempt.
    pub(crate) async fn store_delayed(
        &self,
        leased: &Leased,
        until: DateTime<Utc>,
        reason: &str,
    ) -> Result<()> {
        let update = leased
            .update()
            .col_expr(Column::NextAttemptAt, Expr::value(until))
            .col_expr(Column::Error, Expr::value(reason));
        self.store(update).await
    }

    /// Stores that the message was given up. A mail keeps its content for another try; that of an SMS
    /// is deleted, whose code has expired soon.
    pub(crate) async fn store_failed(&self, leased: &Leased, reason: &str) -> Result<()> {
        let mut update = leased
            .update()
            .col_expr(Column::State, Expr::value(State::Failed.as_str()))
            .col_expr(Column::Error, Expr::value(reason));
        if leased.row.channel() == Channel::Sms {
            update = update.col_expr(Column::Content, Expr::value(None::<String>));
        }
        self.store(update).await
    }

    async fn store(&self, update: UpdateMany<Entity>) -> Result<()> {
        let update = update.col_expr(Column::LeasedUntil, Expr::value(None::<DateTime<Utc>>));
        update.exec(self.db.writer()).await.map_err(internal)?;
        Ok(())
    }
}

impl Leased {
    fn update(&self) -> UpdateMany<Entity> {
        of_attempt(&self.row.id, self.attempt)
    }
}

fn of_attempt(id: &str, attempt: i32) -> UpdateMany<Entity> {
    Entity::update_many()
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(State::Waiting.as_str()))
        .filter(Column::Attempts.eq(attempt))
}

/// No worker has a valid lease: none, an expired one, or one from before the clock was set back.
fn free(now: DateTime<Utc>) -> Condition {
    Condition::any()
        .add(Column::LeasedUntil.is_null())
        .add(Column::LeasedUntil.lte(now))
        .add(Column::LeasedUntil.gt(now + LEASE + SKEW))
}

/// The mail waits for longer than the delay of its number of attempts, from 0 on, because the
/// clock was set back.
fn is_late(now: DateTime<Utc>, delays: impl Iterator<Item = TimeDelta>) -> Condition {
    let late = (0..).zip(delays).map(|(attempts, delay)| {
        let until = Column::NextAttemptAt.gt(now + delay + SKEW);
        Column::Attempts.eq(attempts).and(until)
    });
    late.fold(Condition::any(), Condition::add)
}
