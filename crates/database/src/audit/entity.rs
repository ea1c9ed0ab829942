//! The table `auditEvent`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "auditEvent")]
#[expect(missing_docs, reason = "see domain::AuditEvent")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub at: DateTime<Utc>,
    pub actor: String,
    pub action: String,
    pub subject: Option<String>,
    pub ip: String,
    #[sea_orm(column_name = "userAgent")]
    pub user_agent: String,
    #[sea_orm(column_name = "requestId")]
    pub request_id: String,
    pub outcome: String,
    /// Number of events that this row sums up.
    pub count: i32,
    /// Key under which events are summed up; `None` for an event with its own row.
    pub summary: Option<String>,
}

/// No relations: an event outlives its subject.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
