//! Audit events: inserted, and listed for the operator. An event changes only when another one is
//! added to its sum, and is deleted only by age.

pub mod entity;

use chrono::{DateTime, Utc};
use domain::{AuditAction, AuditEvent, Result, audit::Origin};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use self::entity::{ActiveModel, Column, Entity, Model};
use crate::{Database, internal, retention};

/// The table `auditEvent` behind a connection or a transaction.
#[derive(Debug)]
pub struct AuditRepository<'c, C>(&'c C);

impl<'c, C: ConnectionTrait> AuditRepository<'c, C> {
    /// Creates a repository on `connection`.
    pub fn new(connection: &'c C) -> Self {
        Self(connection)
    }

    /// Inserts an event and writes a log line. A summed-up event increments the count of its row
    /// and updates its time and origin.
    pub async fn insert(&self, event: AuditEvent) -> Result<()> {
        let summary = event.summary();
        let AuditEvent { id, at, actor, action, subject, origin, outcome } = event;
        let Origin { ip, user_agent, request_id } = origin;
        let user_id = subject.as_ref().map(domain::UserId::as_str);
        tracing::info!(%actor, action = action.as_str(), user_id, %outcome, "audit");
        let row = ActiveModel {
            id: Set(id),
            at: Set(at),
            actor: Set(actor.to_string()),
            action: Set(action.as_str().to_owned()),
            subject: Set(subject.map(|id| id.0)),
            ip: Set(ip),
            user_agent: Set(user_agent),
            request_id: Set(request_id),
            outcome: Set(outcome.to_string()),
            count: Set(1),
            summary: Set(summary),
        };
        // Other events have no summary and never conflict.
        let one_more = OnConflict::column(Column::Summary)
            .update_columns([Column::At, Column::Ip, Column::UserAgent, Column::RequestId])
            .value(Column::Count, Expr::col((Entity, Column::Count)).add(1))
            .to_owned();
        let insert = Entity::insert(row).on_conflict(one_more);
        insert.exec_without_returning(self.0).await.map_err(internal)?;
        Ok(())
    }

    /// Lists the latest events, newest first; only one action's, if given.
    pub async fn list(&self, action: Option<AuditAction>, limit: u64) -> Result<Vec<Model>> {
        let mut events = Entity::find().order_by_desc(Column::At).order_by_desc(Column::Id);
        if let Some(action) = action {
            events = events.filter(Column::Action.eq(action.as_str()));
        }
        events.limit(limit).all(self.0).await.map_err(internal)
    }
}

/// Deletes events older than `before`, in batches. Returns the number of deleted events.
pub async fn sweep(db: &Database, before: DateTime<Utc>) -> Result<u64> {
    retention::sweep(db, Column::Id, || Entity::find().filter(Column::At.lt(before))).await
}
