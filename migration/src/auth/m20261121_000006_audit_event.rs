//! Creates the table of audit events. An event outlives its user, so it has no foreign keys.

use sea_orm_migration::prelude::*;

use crate::sql;

/// This change.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &str = r#"
create table "auditEvent" ("id" text {binary} not null primary key, "at" {date} not null, "actor" text not null, "action" text not null, "subject" text, "ip" text not null, "userAgent" text not null, "requestId" text not null, "outcome" text not null);

create index "auditEvent_at_idx" on "auditEvent" ("at", "id");
create index "auditEvent_subject_idx" on "auditEvent" ("subject", "at");
create index "auditEvent_action_idx" on "auditEvent" ("action", "at");
"#;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, r#"drop table "auditEvent""#).await
    }
}
