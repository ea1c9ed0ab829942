//! Full-text search of books and authors. Triggers keep the index, so that it knows a
//! row whoever writes it.
//!
//! What is found is the same on both databases: words of letters, digits and marks,
//! whatever their case and diacritics, the first 60 characters of each, in the first
//! 10,000 of a text.
//!
//! SQLite: `bookSearch` has the texts with a number, which FTS5 needs and which, unlike
//! the `rowid` of `book`, stays the same when the file is vacuumed; `bookSearchIndex`
//! is the index. PostgreSQL: `bookSearch` has the words, those of the title with weight
//! A. Authors likewise.

use sea_orm_migration::prelude::*;

use crate::{
    search::{postgres, sqlite},
    sql,
};

/// This change.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let postgres = sql::is_postgres(manager.get_connection());
        sql::run(manager, &if postgres { postgres::up() } else { sqlite::up() }).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let postgres = sql::is_postgres(manager.get_connection());
        sql::run(manager, &if postgres { postgres::down() } else { sqlite::down() }).await
    }
}
