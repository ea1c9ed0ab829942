//! Migrations of the account tables: users, sessions, linked accounts, links, limits, mails and
//! audit events. An application that embeds the crate `auth` needs only these.

mod m20261120_000001_auth;
mod m20261120_000003_user_role;
mod m20261121_000005_mail;
mod m20261121_000006_audit_event;
mod m20261121_000007_rate_limit;
mod m20261129_000011_user_epoch;
mod m20261129_000012_retention;
mod m20261129_000014_revocation_and_probe;
mod m20261129_000015_user_email_lower;
mod m20261130_000018_plugins;
mod m20261130_000019_mail_channel;

use sea_orm_migration::{prelude::*, sea_orm::DatabaseConnection};

use crate::{Migrations, Migrator, MigratorTrait, begin_exclusive};

/// Returns the migrations of accounts, oldest first.
pub(crate) fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(m20261120_000001_auth::Migration),
        Box::new(m20261120_000003_user_role::Migration),
        Box::new(m20261121_000005_mail::Migration),
        Box::new(m20261121_000006_audit_event::Migration),
        Box::new(m20261121_000007_rate_limit::Migration),
        Box::new(m20261129_000011_user_epoch::Migration),
        Box::new(m20261129_000012_retention::Migration),
        Box::new(m20261129_000014_revocation_and_probe::Migration),
        Box::new(m20261129_000015_user_email_lower::Migration),
        Box::new(m20261130_000018_plugins::Migration),
        Box::new(m20261130_000019_mail_channel::Migration),
    ]
}

/// Applies the pending migrations of accounts, all or nothing, in addition to the application's
/// own tables. Applied migrations are recorded in the table `bookplateMigration`; the
/// application's migrations have a separate table. Processes that start together wait for each
/// other.
///
/// Fails if the application has a table with the name of one of ours. In a database of the
/// Bookplate server, the tables of the library remain. The server, in turn, adds its tables to a
/// database that was migrated by this function.
pub async fn migrate(db: &DatabaseConnection) -> Result<(), DbErr> {
    let transaction = begin_exclusive(db).await?;
    let applied = Migrator::get_applied_migrations_read_only(&transaction).await?;
    let ours = migrations();
    let names = ours.iter().map(|migration| migration.name());
    let names = names.chain(applied.iter().map(sea_orm_migration::Migration::name));
    Migrations::named(names).apply(&transaction).await?;
    transaction.commit().await
}
