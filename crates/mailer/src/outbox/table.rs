//! The table `mail`, of mails and SMS.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::Channel;

/// A row.
#[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mail")]
pub(crate) struct Model {
    /// Ids sort by the time of creation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: String,
    pub(crate) recipient: String,
    pub(crate) kind: String,
    /// The name of a [`Channel`](crate::Channel).
    pub(crate) channel: String,
    /// The sealed message; deleted once it was sent.
    pub(crate) content: Option<String>,
    pub(crate) state: String,
    /// How often a worker leased the mail.
    pub(crate) attempts: i32,
    #[sea_orm(column_name = "createdAt")]
    pub(crate) created_at: DateTime<Utc>,
    #[sea_orm(column_name = "nextAttemptAt")]
    pub(crate) next_attempt_at: DateTime<Utc>,
    /// Until then no other worker may lease the mail.
    #[sea_orm(column_name = "leasedUntil")]
    pub(crate) leased_until: Option<DateTime<Utc>>,
    #[sea_orm(column_name = "sentAt")]
    pub(crate) sent_at: Option<DateTime<Utc>>,
    pub(crate) error: Option<String>,
}

/// No relations.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The channel; an unknown one, which a later version wrote, is a mail that cannot be read.
    pub(crate) fn channel(&self) -> Channel {
        let named = |channel: &Channel| channel.as_str() == self.channel;
        Channel::ALL.into_iter().find(named).unwrap_or(Channel::Mail)
    }
}

/// Without the recipient and the content.
impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { id, kind, state, attempts, .. } = self;
        f.debug_struct("mail::Model")
            .field("id", id)
            .field("kind", kind)
            .field("state", state)
            .field("attempts", attempts)
            .finish_non_exhaustive()
    }
}
