//! Creates the columns and tables of better-auth's sign-in plugins, as its command line (1.7.25,
//! passkey 1.7.6) creates them. A database of a Node server may have some of them already.

use sea_orm_migration::prelude::*;

use crate::sql;

/// This change.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

/// Columns of the table `user`, in better-auth's order, and their types.
const USER_COLUMNS: &[(&str, &str)] = &[
    ("twoFactorEnabled", "{bool}"),
    ("username", "text"),
    ("displayUsername", "text"),
    ("phoneNumber", "text"),
    ("phoneNumberVerified", "{bool}"),
    ("isAnonymous", "{bool}"),
    ("banned", "{bool}"),
    ("banReason", "text"),
    ("banExpires", "{date}"),
    ("lastLoginMethod", "text"),
];

/// better-auth writes `unique` in the column, which SQLite does not allow for an added column. The
/// indexes have the names of PostgreSQL's constraints. `user_guest_idx`, `deviceCode_userId_idx`,
/// `deviceCode_expiresAt_idx` and `walletAddress_address_chainId_idx` are not in better-auth.
/// Addresses of wallets have no unique key: of two sign-ins of a new wallet at once, better-auth
/// stores both.
const TABLES: &str = r#"
create unique index if not exists "user_username_key" on "user" ("username");
create unique index if not exists "user_phoneNumber_key" on "user" ("phoneNumber");
create index if not exists "user_guest_idx" on "user" ("id") where "isAnonymous";
create table if not exists "twoFactor" ("id" text not null primary key, "secret" text not null, "backupCodes" text not null, "userId" text not null references "user" ("id") on delete cascade, "verified" {bool}, "failedVerificationCount" integer, "lockedUntil" {date});
create index if not exists "twoFactor_secret_idx" on "twoFactor" ("secret");
create index if not exists "twoFactor_userId_idx" on "twoFactor" ("userId");
create table if not exists "passkey" ("id" text not null primary key, "name" text, "publicKey" text not null, "userId" text not null references "user" ("id") on delete cascade, "credentialID" text not null, "counter" integer not null, "deviceType" text not null, "backedUp" {bool} not null, "transports" text, "createdAt" {date}, "aaguid" text);
create index if not exists "passkey_userId_idx" on "passkey" ("userId");
create index if not exists "passkey_credentialID_idx" on "passkey" ("credentialID");
create table if not exists "walletAddress" ("id" text not null primary key, "userId" text not null references "user" ("id") on delete cascade, "address" text not null, "chainId" integer not null, "isPrimary" {bool} not null, "createdAt" {date} not null);
create index if not exists "walletAddress_userId_idx" on "walletAddress" ("userId");
create index if not exists "walletAddress_address_chainId_idx" on "walletAddress" ("address", "chainId");
create table if not exists "deviceCode" ("id" text not null primary key, "deviceCode" text not null, "userCode" text not null, "userId" text, "expiresAt" {date} not null, "status" text not null, "lastPolledAt" {date}, "pollingInterval" integer, "clientId" text, "scope" text);
create unique index if not exists "deviceCode_deviceCode_uidx" on "deviceCode" ("deviceCode");
create unique index if not exists "deviceCode_userCode_uidx" on "deviceCode" ("userCode");
create index if not exists "deviceCode_userId_idx" on "deviceCode" ("userId");
create index if not exists "deviceCode_expiresAt_idx" on "deviceCode" ("expiresAt")
"#;

const DROP_TABLES: &str = r#"
drop table "deviceCode";
drop table "walletAddress";
drop table "passkey";
drop table "twoFactor";
drop index "user_guest_idx";
drop index "user_phoneNumber_key";
drop index "user_username_key"
"#;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, kind) in USER_COLUMNS {
            if !manager.has_column("user", name).await? {
                let add = format!(r#"alter table "user" add column "{name}" {kind}"#);
                sql::run(manager, &add).await?;
            }
        }
        sql::run(manager, TABLES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, DROP_TABLES).await?;
        for (name, _) in USER_COLUMNS.iter().rev() {
            let drop = format!(r#"alter table "user" drop column "{name}""#);
            sql::run(manager, &drop).await?;
        }
        Ok(())
    }
}
