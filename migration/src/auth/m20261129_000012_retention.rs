//! Adds indexes for finding old rows, and the sessions of a user that expire first. Adds columns
//! for events that sum up several.

use sea_orm_migration::prelude::*;

use crate::sql;

/// This change.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &str = r#"
alter table "auditEvent" add column "count" integer not null default 1;
alter table "auditEvent" add column "summary" text;
create unique index "auditEvent_summary_key" on "auditEvent" ("summary");
create index "mail_state_createdAt_idx" on "mail" ("state", "createdAt");
create index "rateLimit_lastRequest_idx" on "rateLimit" ("lastRequest");
create index "session_expiresAt_idx" on "session" ("expiresAt");
create index "session_userId_expiresAt_idx" on "session" ("userId", "expiresAt");
create index "verification_expiresAt_idx" on "verification" ("expiresAt");
"#;

const DOWN: &str = r#"
drop index "verification_expiresAt_idx";
drop index "session_userId_expiresAt_idx";
drop index "session_expiresAt_idx";
drop index "rateLimit_lastRequest_idx";
drop index "mail_state_createdAt_idx";
drop index "auditEvent_summary_key";
alter table "auditEvent" drop column "summary";
alter table "auditEvent" drop column "count";
"#;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, DOWN).await
    }
}
