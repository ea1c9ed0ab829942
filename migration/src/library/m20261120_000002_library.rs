//! Creates books and authors, many to many. Searches and sort orders use the folded columns.

use sea_orm_migration::prelude::*;

use crate::sql;

/// This change.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &str = r#"
create table "author" ("id" text {binary} not null primary key, "name" text not null, "nameFolded" text {binary} not null, "bio" text, "birthYear" integer, "deathYear" integer, "createdAt" {date} not null, "updatedAt" {date} not null);

create table "book" ("id" text {binary} not null primary key, "title" text not null, "titleFolded" text {binary} not null, "description" text, "isbn" text, "releaseYear" integer, "createdAt" {date} not null, "updatedAt" {date} not null);

create table "bookAuthor" ("bookId" text {binary} not null references "book" ("id") on delete cascade, "authorId" text {binary} not null references "author" ("id") on delete cascade, "position" integer not null, primary key ("bookId", "authorId"));

create unique index "book_isbn_key" on "book" ("isbn");
create index "book_titleFolded_idx" on "book" ("titleFolded", "id");
create index "book_releaseYear_idx" on "book" ("releaseYear", "id");
create index "book_createdAt_idx" on "book" ("createdAt", "id");
create index "author_nameFolded_idx" on "author" ("nameFolded", "id");
create index "author_birthYear_idx" on "author" ("birthYear", "id");
create index "author_createdAt_idx" on "author" ("createdAt", "id");
create index "bookAuthor_authorId_idx" on "bookAuthor" ("authorId", "bookId");
"#;

const DOWN: &str = r#"
drop table "bookAuthor";
drop table "book";
drop table "author";
"#;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, DOWN).await
    }
}
