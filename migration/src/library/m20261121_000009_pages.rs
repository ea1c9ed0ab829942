//! Adds columns and indexes for pages by cursor. A row comparison matches no null, so years get
//! one generated column per direction, in which an unknown year is last. The indexes end with the
//! id, so that each position is unique.

use sea_orm_migration::prelude::*;

use crate::sql;

/// This change.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

/// SQLite cannot add a stored column to an existing table, and PostgreSQL before 18 has no
/// virtual columns.
const UP: &str = r#"
alter table "book" add column "releaseYearOrLast" integer generated always as (coalesce("releaseYear", 2147483647)) {generated};
alter table "book" add column "releaseYearOrFirst" integer generated always as (coalesce("releaseYear", -2147483647)) {generated};
alter table "author" add column "birthYearOrLast" integer generated always as (coalesce("birthYear", 2147483647)) {generated};
alter table "author" add column "birthYearOrFirst" integer generated always as (coalesce("birthYear", -2147483647)) {generated};
create index "book_releaseYearOrLast_idx" on "book" ("releaseYearOrLast", "id");
create index "book_releaseYearOrFirst_idx" on "book" ("releaseYearOrFirst", "id");
create index "author_birthYearOrLast_idx" on "author" ("birthYearOrLast", "id");
create index "author_birthYearOrFirst_idx" on "author" ("birthYearOrFirst", "id");
"#;

const DOWN: &str = r#"
drop index "author_birthYearOrFirst_idx";
drop index "author_birthYearOrLast_idx";
drop index "book_releaseYearOrFirst_idx";
drop index "book_releaseYearOrLast_idx";
alter table "author" drop column "birthYearOrFirst";
alter table "author" drop column "birthYearOrLast";
alter table "book" drop column "releaseYearOrFirst";
alter table "book" drop column "releaseYearOrLast";
"#;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let stored = sql::is_postgres(manager.get_connection());
        sql::run(manager, &UP.replace("{generated}", if stored { "stored" } else { "virtual" }))
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, DOWN).await
    }
}
