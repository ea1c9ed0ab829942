//! Adds the table of ended Redis sessions and the row that health probes write. The table
//! prevents a Redis that was restored from a snapshot from reviving sessions.

use sea_orm_migration::prelude::*;

use crate::sql;

/// This change.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &str = r#"
create table "revokedSession" ("id" text not null primary key, "expiresAt" {date} not null);
create index "revokedSession_expiresAt_idx" on "revokedSession" ("expiresAt");
create table "healthProbe" ("id" text not null primary key, "writes" bigint not null);
"#;

const DOWN: &str = r#"
drop table "healthProbe";
drop table "revokedSession";
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
