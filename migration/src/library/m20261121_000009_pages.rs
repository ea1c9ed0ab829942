//! Pages that are found by the place where they begin. A comparison of rows finds no
//! null, so years have columns in which an unknown one comes last, one for each
//! direction; the indexes end with the id, which makes each place a single row's.

use sea_orm_migration::prelude::*;

use crate::sql;

/// This change.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

/// SQLite adds no stored column to an existing table, and PostgreSQL before 18 has no
/// virtual one.
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
