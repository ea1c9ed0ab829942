//! Creates the outbox: mails that are pending, sent or failed. Their content is encrypted.

use sea_orm_migration::prelude::*;

use crate::sql;

/// This change.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &str = r#"
create table "mail" ("id" text {binary} not null primary key, "recipient" text not null, "kind" text not null, "content" text, "state" text not null, "attempts" integer not null, "createdAt" {date} not null, "nextAttemptAt" {date} not null, "leasedUntil" {date}, "sentAt" {date}, "error" text);
create index "mail_state_idx" on "mail" ("state", "nextAttemptAt");
"#;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, r#"drop table "mail""#).await
    }
}
