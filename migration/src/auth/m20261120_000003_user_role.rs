//! Adds our columns to the table of users: the role (which better-auth's admin plugin may have
//! created) and the time of deletion.

use sea_orm_migration::prelude::*;

use crate::sql;

/// This change.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if !manager.has_column("user", "role").await? {
            sql::run(manager, r#"alter table "user" add column "role" text"#).await?;
        }
        sql::run(manager, r#"alter table "user" add column "deletedAt" {date}"#).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, r#"alter table "user" drop column "deletedAt""#).await?;
        sql::run(manager, r#"alter table "user" drop column "role""#).await
    }
}
