//! Adds an index of addresses in lower case for finding users, because rows of a Node server may
//! have capitals.

use sea_orm_migration::prelude::*;

use crate::sql;

/// This change.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

/// Uses the binary collation: in some languages the lower case of `I` is not `i`.
const UP: &str = r#"create index "user_email_lower_idx" on "user" (lower("email" {binary}))"#;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, r#"drop index "user_email_lower_idx""#).await
    }
}
