//! Adds full-text search of books and authors. Triggers update the index, whichever program
//! writes a row.
//!
//! Both databases find the same: words of letters, digits and marks, ignoring case and
//! diacritics; the first 60 characters of each word, in the first 10,000 characters of a text.
//!
//! SQLite: `bookSearch` contains the texts with a number, which FTS5 needs. Unlike the `rowid` of
//! `book`, the number is stable when the file is vacuumed. `bookSearchIndex` is the index.
//! PostgreSQL: `bookSearch` contains the words, those of the title with weight A. The tables of
//! authors are alike.

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
