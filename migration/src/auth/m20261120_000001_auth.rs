//! Creates better-auth's core tables as its command line (1.7.7) creates them. An existing
//! database of a Node server keeps its tables.

use sea_orm_migration::prelude::*;

use crate::sql;

/// This change.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &str = r#"
create table if not exists "user" ("id" text not null primary key, "name" text not null, "email" text not null unique, "emailVerified" {bool} not null, "image" text, "createdAt" {date} {now} not null, "updatedAt" {date} {now} not null);

create table if not exists "session" ("id" text not null primary key, "expiresAt" {date} not null, "token" text not null unique, "createdAt" {date} {now} not null, "updatedAt" {date} not null, "ipAddress" text, "userAgent" text, "userId" text not null references "user" ("id") on delete cascade);

create table if not exists "account" ("id" text not null primary key, "accountId" text not null, "providerId" text not null, "userId" text not null references "user" ("id") on delete cascade, "accessToken" text, "refreshToken" text, "idToken" text, "accessTokenExpiresAt" {date}, "refreshTokenExpiresAt" {date}, "scope" text, "password" text, "createdAt" {date} {now} not null, "updatedAt" {date} not null);

create table if not exists "verification" ("id" text not null primary key, "identifier" text not null, "value" text not null, "expiresAt" {date} not null, "createdAt" {date} {now} not null, "updatedAt" {date} {now} not null);

create index if not exists "session_userId_idx" on "session" ("userId");
create index if not exists "account_userId_idx" on "account" ("userId");
create index if not exists "verification_identifier_idx" on "verification" ("identifier");
"#;

const DOWN: &str = r#"
drop table "verification";
drop table "account";
drop table "session";
drop table "user";
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
