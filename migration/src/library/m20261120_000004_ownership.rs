//! Adds an owner to every book and author. Existing rows are assigned to [`SYSTEM_USER`], a user
//! who cannot sign in; `migrate up --owner` reassigns them.

use sea_orm_migration::prelude::*;

use crate::sql;

/// Id of the user who owns rows without another owner.
pub const SYSTEM_USER: &str = "system00000000000000000000000000";

/// This change.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

const POSTGRES_UP: &str = r#"
alter table "book" add column "userId" text;
alter table "author" add column "userId" text;
insert into "user" ("id", "name", "email", "emailVerified", "role", "createdAt", "updatedAt")
  select '{system}', 'Bookplate', 'system@bookplate.invalid', false, 'user', now(), now()
  where exists (select 1 from "book") or exists (select 1 from "author");
update "book" set "userId" = '{system}';
update "author" set "userId" = '{system}';
alter table "book" alter column "userId" set not null;
alter table "author" alter column "userId" set not null;
alter table "book" add constraint "book_userId_fkey" foreign key ("userId") references "user" ("id");
alter table "author" add constraint "author_userId_fkey" foreign key ("userId") references "user" ("id");
create index "book_userId_idx" on "book" ("userId", "id");
create index "author_userId_idx" on "author" ("userId", "id");
"#;

const POSTGRES_DOWN: &str = r#"
alter table "book" drop column "userId";
alter table "author" drop column "userId";
delete from "user" where "id" = '{system}';
"#;

/// SQLite cannot add a foreign key to an existing table, so new tables replace the old ones. The
/// link table is dropped first, because its cascade would delete its rows with the old books.
const SQLITE: &str = r#"
create table "author_new" ("id" text not null primary key, "name" text not null, "nameFolded" text not null, "bio" text, "birthYear" integer, "deathYear" integer, {owner}"createdAt" date not null, "updatedAt" date not null);
create table "book_new" ("id" text not null primary key, "title" text not null, "titleFolded" text not null, "description" text, "isbn" text, "releaseYear" integer, {owner}"createdAt" date not null, "updatedAt" date not null);
create table "bookAuthor_new" ("bookId" text not null references "book_new" ("id") on delete cascade, "authorId" text not null references "author_new" ("id") on delete cascade, "position" integer not null, primary key ("bookId", "authorId"));

{system}

insert into "author_new" ("id", "name", "nameFolded", "bio", "birthYear", "deathYear", "createdAt", "updatedAt"{userId}) select "id", "name", "nameFolded", "bio", "birthYear", "deathYear", "createdAt", "updatedAt"{value} from "author";
insert into "book_new" ("id", "title", "titleFolded", "description", "isbn", "releaseYear", "createdAt", "updatedAt"{userId}) select "id", "title", "titleFolded", "description", "isbn", "releaseYear", "createdAt", "updatedAt"{value} from "book";
insert into "bookAuthor_new" ("bookId", "authorId", "position") select "bookId", "authorId", "position" from "bookAuthor";

drop table "bookAuthor";
drop table "book";
drop table "author";
alter table "author_new" rename to "author";
alter table "book_new" rename to "book";
alter table "bookAuthor_new" rename to "bookAuthor";

create unique index "book_isbn_key" on "book" ("isbn");
create index "book_titleFolded_idx" on "book" ("titleFolded", "id");
create index "book_releaseYear_idx" on "book" ("releaseYear", "id");
create index "book_createdAt_idx" on "book" ("createdAt", "id");
create index "author_nameFolded_idx" on "author" ("nameFolded", "id");
create index "author_birthYear_idx" on "author" ("birthYear", "id");
create index "author_createdAt_idx" on "author" ("createdAt", "id");
create index "bookAuthor_authorId_idx" on "bookAuthor" ("authorId", "bookId");
"#;

const SQLITE_OWNER: &str = r#""userId" text not null references "user" ("id"), "#;

const SQLITE_SYSTEM_USER: &str = r#"
insert into "user" ("id", "name", "email", "emailVerified", "role", "createdAt", "updatedAt")
  select '{system}', 'Bookplate', 'system@bookplate.invalid', 0, 'user',
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
  where exists (select 1 from "book") or exists (select 1 from "author");
"#;

const SQLITE_OWNER_INDEXES: &str = r#"
create index "book_userId_idx" on "book" ("userId", "id");
create index "author_userId_idx" on "author" ("userId", "id");
"#;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if sql::is_postgres(manager.get_connection()) {
            return sql::run(manager, &POSTGRES_UP.replace("{system}", SYSTEM_USER)).await;
        }
        let rebuilt = SQLITE
            .replace("{owner}", SQLITE_OWNER)
            .replace("{system}", SQLITE_SYSTEM_USER)
            .replace("{userId}", r#", "userId""#)
            .replace("{value}", ", '{system}'")
            .replace("{system}", SYSTEM_USER);
        sql::run(manager, &rebuilt).await?;
        sql::run(manager, SQLITE_OWNER_INDEXES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if sql::is_postgres(manager.get_connection()) {
            return sql::run(manager, &POSTGRES_DOWN.replace("{system}", SYSTEM_USER)).await;
        }
        let rebuilt = ["{owner}", "{system}", "{userId}", "{value}"]
            .iter()
            .fold(SQLITE.to_owned(), |sql, word| sql.replace(word, ""));
        sql::run(manager, &rebuilt).await?;
        let delete_system_user = format!(r#"delete from "user" where "id" = '{SYSTEM_USER}'"#);
        sql::run(manager, &delete_system_user).await
    }
}
