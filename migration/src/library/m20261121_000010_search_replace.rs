//! Search on SQLite also forgets rows that are replaced (`insert or replace`), for which
//! no trigger of the row itself fires: its words leave the index with the row of
//! `bookSearch`, which goes by its foreign key, or when the new one takes its place.
//! What was left behind before leaves the index, too. Authors likewise.

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
