//! Removes replaced rows (`insert or replace`) from the search index of SQLite. No trigger of the
//! row itself fires for them. Their words now leave the index together with the row of
//! `bookSearch`, which is deleted by its foreign key or replaced. Entries left behind earlier are
//! removed, too. The triggers of authors are alike.

use sea_orm_migration::prelude::*;

use crate::{search::sqlite, sql};

/// This change.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if sql::is_postgres(manager.get_connection()) {
            return Ok(());
        }
        sql::run(manager, &sqlite::follow_rows()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if sql::is_postgres(manager.get_connection()) {
            return Ok(());
        }
        sql::run(manager, &sqlite::follow_statements()).await
    }
}
