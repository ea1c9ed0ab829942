//! One worker at a time: who takes a mail, and what it notes about it.
//!
//! A mail is taken by an update that names the number of attempts before it, so that
//! of several workers one succeeds. The lease ends by the clock: of a worker that died
//! another one takes over. What a worker notes names its own attempt, so that one
//! that comes back too late changes nothing.

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

/// How long a worker may have a mail: longer than a conversation with a mail server
/// takes at most, by enough for clocks that differ.
const LEASE: TimeDelta = TimeDelta::minutes(2);

/// A mail that this worker has.
pub(crate) struct Leased {
    pub(crate) row: Model,
    /// Which attempt this is, from 1 on.
    pub(crate) attempt: i32,
}

impl Outbox {
    /// At most `limit` mails that are due, the longest waiting ones first; decoys are
    /// always due.
    pub(crate) async fn due(&self, states: &[State], limit: usize) -> Result<Vec<Model>> {
        let now = self.clock.now();
        let found = Entity::find()
            .filter(Column::State.is_in(states.iter().map(|state| state.as_str())))
            .filter(Column::NextAttemptAt.lte(now))
            .filter(free(now))
            .order_by_asc(Column::NextAttemptAt)
            .order_by_asc(Column::Id)
            .limit(u64::try_from(limit).unwrap_or(u64::MAX))
            .all(self.db.reader());
        found.await.map_err(internal)
    }

    /// Makes due what waits for longer than the `pauses` after each number of attempts: the
    /// clock went back since. Returns how many mails that were.
    pub(crate) async fn catch_up(&self, pauses: impl Iterator<Item = TimeDelta>) -> Result<u64> {
        let now = self.clock.now();
        let update = Entity::update_many()
            .col_expr(Column::NextAttemptAt, Expr::value(now))
            .filter(Column::State.eq(State::Waiting.as_str()))
            .filter(is_late(now, pauses))
            .exec(self.db.writer());
        Ok(update.await.map_err(internal)?.rows_affected)
    }

    /// Takes a mail, unless another worker was faster.
    pub(crate) async fn lease(&self, row: Model) -> Result<Option<Leased>> {
        let now = self.clock.now();
        let attempt = row.attempts.saturating_add(1);
        let taken = of_attempt(&row.id, row.attempts)
            .col_expr(Column::LeasedUntil, Expr::value(now + LEASE))
            .col_expr(Column::Attempts, Expr::value(attempt))
            .filter(free(now))
            .exec(self.db.writer());
        let taken = taken.await.map_err(internal)?.rows_affected == 1;
        Ok(taken.then_some(Leased { row, attempt }))
    }

    /// A server has the mail: its secrets need not stay.
    pub(crate) async fn note_sent(&self, leased: &Leased) -> Result<()> {
        let now = self.clock.now();
        let update = leased
            .update()
            .col_expr(Column::State, Expr::value(State::Sent.as_str()))
            .col_expr(Column::SentAt, Expr::value(now))
            .col_expr(Column::Content, Expr::value(None::<String>))
            .col_expr(Column::Error, Expr::value(None::<String>));
        self.note(update).await
    }

    /// The mail is in the mailbox, where it is read.
    pub(crate) async fn note_delivered(&self, leased: &Leased) -> Result<()> {
        let now = self.clock.now();
        let update = leased
            .update()
            .col_expr(Column::State, Expr::value(State::Delivered.as_str()))
            .col_expr(Column::SentAt, Expr::value(now))
            .col_expr(Column::Error, Expr::value(None::<String>));
        self.note(update).await
    }

    /// The mail waits for another attempt.
    pub(crate) async fn note_delayed(
        &self,
        leased: &Leased,
        until: DateTime<Utc>,
        why: &str,
    ) -> Result<()> {
        let update = leased
            .update()
            .col_expr(Column::NextAttemptAt, Expr::value(until))
            .col_expr(Column::Error, Expr::value(why));
        self.note(update).await
    }

    /// The mail is given up.
    pub(crate) async fn note_failed(&self, leased: &Leased, why: &str) -> Result<()> {
        let update = leased
            .update()
            .col_expr(Column::State, Expr::value(State::Failed.as_str()))
            .col_expr(Column::Error, Expr::value(why));
        self.note(update).await
    }

    async fn note(&self, update: UpdateMany<Entity>) -> Result<()> {
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

/// Nobody has it, or somebody who had it too long, or had it before the clock went back.
fn free(now: DateTime<Utc>) -> Condition {
    Condition::any()
        .add(Column::LeasedUntil.is_null())
        .add(Column::LeasedUntil.lte(now))
        .add(Column::LeasedUntil.gt(now + LEASE + SKEW))
}

/// The mail waits for longer than `pauses` say, the first of which is that of a mail that was
/// never tried: the clock went back since.
fn is_late(now: DateTime<Utc>, pauses: impl Iterator<Item = TimeDelta>) -> Condition {
    let late = (0..).zip(pauses).map(|(attempts, pause)| {
        let until = Column::NextAttemptAt.gt(now + pause + SKEW);
        Column::Attempts.eq(attempts).and(until)
    });
    late.fold(Condition::any(), Condition::add)
}
