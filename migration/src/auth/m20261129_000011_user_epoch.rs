//! Adds the user's epoch, to which mailed links are bound, including those stored as a
//! `verification`. Adds `pending`, which marks users with an unverified address, whom another
//! sign-up may replace. In older rows it is null, which means not pending.

use sea_orm_migration::prelude::*;

use crate::sql;

/// This change.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(
            manager,
            r#"
alter table "user" add column "epoch" bigint not null default 0;
alter table "user" add column "pending" {bool};
alter table "verification" add column "epoch" bigint;
"#,
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(
            manager,
            r#"
alter table "verification" drop column "epoch";
alter table "user" drop column "pending";
alter table "user" drop column "epoch";
"#,
        )
        .await
    }
}
