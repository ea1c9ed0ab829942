//! Creates better-auth's table of rate limits as its command line (1.7.7) creates it. An existing
//! database of a Node server keeps its table.

use sea_orm_migration::prelude::*;

use crate::sql;

/// This change.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &str = r#"
create table if not exists "rateLimit" ("id" text not null primary key, "key" text not null unique, "count" integer not null, "lastRequest" bigint not null)
"#;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, r#"drop table "rateLimit""#).await
    }
}
