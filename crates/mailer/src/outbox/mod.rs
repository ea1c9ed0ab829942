//! The outbox: the table of mails and SMS, and the queries of administrators.

mod lease;
mod state;
mod table;

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use chrono::{DateTime, Utc};
use database::{Database, internal, retention};
use domain::{Clock, Result};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
    sea_query::Expr,
};

pub use self::state::State;
pub(crate) use self::{
    lease::Leased,
    table::{Column, Entity, Model},
};
use crate::{Channel, sanitize::mask};

/// The table of mails, without the keys to read and the transport to send them, for
/// administrators' commands. Clones are cheap.
#[derive(Clone, Debug)]
pub struct Outbox {
    pub(crate) db: Database,
    pub(crate) clock: Clock,
    /// Distinguishes mails of one millisecond.
    count: Arc<AtomicU32>,
}

/// The number of mails by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Waiting or being sent.
    pub waiting: u64,
    /// Sent, and not yet deleted.
    pub sent: u64,
    /// Given up.
    pub failed: u64,
    /// In the development mailbox.
    pub delivered: u64,
}

/// A mail as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// 32 letters and digits.
    pub id: String,
    /// The kind, see [`crate::Message::kind`] and [`crate::Sms::kind`].
    pub kind: String,
    /// The state; `None` if another version wrote an unknown one.
    pub state: Option<State>,
    /// The number of attempts.
    pub attempts: i32,
    /// The masked address or phone number.
    pub recipient: String,
    /// When it was enqueued.
    pub created_at: DateTime<Utc>,
    /// The last error, without addresses.
    pub error: Option<String>,
}

/// A message to add.
pub(crate) struct NewMessage<'a> {
    pub(crate) channel: Channel,
    pub(crate) recipient: &'a str,
    pub(crate) kind: &'static str,
    /// Sealed.
    pub(crate) content: String,
}

impl Outbox {
    /// The outbox in this database.
    #[must_use]
    pub fn new(db: Database, clock: Clock) -> Self {
        Self { db, clock, count: Arc::default() }
    }

    /// Adds a message, due at once.
    pub(crate) async fn insert<C: ConnectionTrait>(
        &self,
        db: &C,
        state: State,
        message: NewMessage<'_>,
    ) -> Result<()> {
        let NewMessage { channel, recipient, kind, content } = message;
        let now = self.clock.now();
        let row = table::ActiveModel {
            id: Set(self.id(now)),
            recipient: Set(recipient.to_owned()),
            kind: Set(kind.to_owned()),
            channel: Set(channel.as_str().to_owned()),
            content: Set(Some(content)),
            state: Set(state.as_str().to_owned()),
            attempts: Set(0),
            created_at: Set(now),
            next_attempt_at: Set(now),
            leased_until: Set(None),
            sent_at: Set((state == State::Delivered).then_some(now)),
            error: Set(None),
        };
        Entity::insert(row).exec_without_returning(db).await.map_err(internal)?;
        Ok(())
    }

    /// 32 characters: the time, a counter of this process, and random characters.
    fn id(&self, now: DateTime<Utc>) -> String {
        let millis = now.timestamp_millis();
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let random = domain::id::random_alphanumeric();
        format!("{millis:012x}{count:08x}{}", random.get(..12).unwrap_or_default())
    }

    /// The mails in the development mailbox, newest first.
    pub(crate) async fn delivered(&self, limit: u64) -> Result<Vec<Model>> {
        let found = Entity::find()
            .filter(Column::State.eq(State::Delivered.as_str()))
            .order_by_desc(Column::Id)
            .limit(limit)
            .all(self.db.reader());
        found.await.map_err(internal)
    }

    /// Deletes simulated mails.
    pub(crate) async fn delete_simulated(&self) -> Result<()> {
        let deleted = Entity::delete_many()
            .filter(Column::State.eq(State::Simulated.as_str()))
            .exec(self.db.writer());
        deleted.await.map_err(internal)?;
        Ok(())
    }

    /// Deletes a batch of mails in this state that were created before this.
    pub(crate) async fn sweep(&self, state: State, before: DateTime<Utc>) -> Result<u64> {
        let old = || {
            Entity::find()
                .filter(Column::State.eq(state.as_str()))
                .filter(Column::CreatedAt.lt(before))
        };
        retention::sweep(&self.db, Column::Id, old).await
    }

    /// The number of mails by state.
    pub async fn stats(&self) -> Result<Stats> {
        let counted = Entity::find()
            .select_only()
            .column(Column::State)
            .column_as(Column::Id.count(), "count")
            .group_by(Column::State)
            .into_tuple::<(String, i64)>()
            .all(self.db.reader());
        let mut stats = Stats::default();
        for (state, count) in counted.await.map_err(internal)? {
            let count = u64::try_from(count).unwrap_or_default();
            match State::of(&state) {
                Some(State::Waiting) => stats.waiting = count,
                Some(State::Sent) => stats.sent = count,
                Some(State::Failed) => stats.failed = count,
                Some(State::Delivered) => stats.delivered = count,
                Some(State::Simulated) | None => {}
            }
        }
        Ok(stats)
    }

    /// At most `limit` mails, newest first, in one state or in all.
    pub async fn list(&self, state: Option<State>, limit: u64) -> Result<Vec<Entry>> {
        let mut found = Entity::find().filter(Column::State.ne(State::Simulated.as_str()));
        if let Some(state) = state {
            found = found.filter(Column::State.eq(state.as_str()));
        }
        let rows = found.order_by_desc(Column::Id).limit(limit).all(self.db.reader());
        Ok(rows.await.map_err(internal)?.into_iter().map(Entry::from).collect())
    }

    /// Makes a failed mail wait again, without attempts; all failed mails if `id` is `None`. Those
    /// without content, as SMS are, stay. Returns their number.
    pub async fn retry(&self, id: Option<&str>) -> Result<u64> {
        let mut update = Entity::update_many()
            .col_expr(Column::State, Expr::value(State::Waiting.as_str()))
            .col_expr(Column::Attempts, Expr::value(0))
            .col_expr(Column::NextAttemptAt, Expr::value(self.clock.now()))
            .filter(Column::State.eq(State::Failed.as_str()))
            .filter(Column::Content.is_not_null());
        if let Some(id) = id {
            update = update.filter(Column::Id.eq(id));
        }
        Ok(update.exec(self.db.writer()).await.map_err(internal)?.rows_affected)
    }
}

impl From<Model> for Entry {
    fn from(row: Model) -> Self {
        let Model { id, recipient, kind, content: _, state, attempts, created_at, error, .. } = row;
        let (state, recipient) = (State::of(&state), mask(&recipient));
        Self { id, kind, state, attempts, recipient, created_at, error }
    }
}
