//! What happened to accounts: added, and listed for the operator. Nothing changes
//! or removes an event.

pub mod entity;

use domain::{AuditAction, AuditEvent, Result, audit::Origin};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};

use self::entity::{ActiveModel, Column, Entity, Model};
use crate::internal;

/// The table `auditEvent` behind a connection or a transaction.
#[derive(Debug)]
pub struct AuditRepository<'c, C>(&'c C);

impl<'c, C: ConnectionTrait> AuditRepository<'c, C> {
    /// Events read and written through `connection`.
    pub fn new(connection: &'c C) -> Self {
        Self(connection)
    }

    /// Adds an event, and a line to the log.
    pub async fn insert(&self, event: AuditEvent) -> Result<()> {
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
        };
        Entity::insert(row).exec_without_returning(self.0).await.map_err(internal)?;
        Ok(())
    }

    /// The latest events, newest first; of one action, if given.
    pub async fn list(&self, action: Option<AuditAction>, limit: u64) -> Result<Vec<Model>> {
        let mut events = Entity::find().order_by_desc(Column::At).order_by_desc(Column::Id);
        if let Some(action) = action {
            events = events.filter(Column::Action.eq(action.as_str()));
        }
        events.limit(limit).all(self.0).await.map_err(internal)
    }
}
