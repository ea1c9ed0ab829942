//! Adds the channel of a message to the outbox: mail or SMS.

use sea_orm_migration::prelude::*;

use crate::sql;

/// This change.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let add = r#"alter table "mail" add column "channel" text not null default 'mail'"#;
        sql::run(manager, add).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The version before would send them as mails.
        sql::run(manager, r#"delete from "mail" where "channel" <> 'mail'"#).await?;
        sql::run(manager, r#"alter table "mail" drop column "channel""#).await
    }
}
