//! Migrations of the database schema, in the order of their creation.
//!
//! One change per file, up and down; SQL that has landed never changes. Nothing here imports an
//! entity, so a migration always does what it did when it was written. Table and column names
//! follow better-auth's style (singular, camelCase). better-auth's tables are created exactly as
//! its command line creates them, so that a Node server can share the database.
//!
//! The migrations of accounts ([`auth`]) and of the library (`library`) are two lists.
//! [`Migrator`] applies both in the order of their names, which begin with a date and a number.
//! Applications that embed the crate `auth` apply only the first list ([`auth::migrate`]).

pub mod auth;
mod library;
mod search;
mod sql;
mod structure;

use std::collections::BTreeSet;

pub use crate::{
    library::SYSTEM_USER,
    structure::{Column, Drift, Kind, Structure},
};
pub use sea_orm_migration::{MigrationStatus, MigratorTrait};
use sea_orm_migration::{
    prelude::*,
    sea_orm::{
        DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions,
        TransactionTrait,
    },
};

/// All migrations, oldest first.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all = auth::migrations();
        all.extend(library::migrations());
        all.sort_by(|a, b| a.name().cmp(b.name()));
        all
    }

    fn migration_table_name() -> DynIden {
        "bookplateMigration".into_iden()
    }
}

/// A subset of the migrations, by name.
struct Migrations(BTreeSet<String>);

impl Migrations {
    fn named<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        Self(names.map(str::to_owned).collect())
    }

    /// Applies the pending migrations of the subset.
    async fn apply<'c>(self, db: impl IntoSchemaManagerConnection<'c>) -> Result<(), DbErr> {
        sea_orm_migration::MigratorTraitSelf::up(&self, db, None).await
    }
}

impl sea_orm_migration::MigratorTraitSelf for Migrations {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        let mut migrations = <Migrator as MigratorTrait>::migrations();
        migrations.retain(|migration| self.0.contains(migration.name()));
        migrations
    }

    fn migration_table_name(&self) -> DynIden {
        <Migrator as MigratorTrait>::migration_table_name()
    }
}

/// Direction and number of steps; `None` means all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Apply pending migrations.
    Up(Option<u32>),
    /// Revert applied migrations.
    Down(Option<u32>),
    /// Revert all, then apply all: deletes all data.
    Fresh,
}

/// Migrates the schema, all or nothing, in one process at a time. A process that starts meanwhile
/// waits and then finds nothing to do.
pub async fn migrate(db: &DatabaseConnection, direction: Direction) -> Result<(), DbErr> {
    let transaction = begin_exclusive(db).await?;
    match direction {
        Direction::Up(steps) => Migrator::up(&transaction, steps).await?,
        Direction::Down(steps) => Migrator::down(&transaction, steps).await?,
        Direction::Fresh => {
            Migrator::down(&transaction, None).await?;
            Migrator::up(&transaction, None).await?;
        }
    }
    transaction.commit().await
}

/// Begins a transaction that excludes other migrations.
async fn begin_exclusive(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    // SQLite: an immediate transaction excludes other writers.
    #[expect(clippy::disallowed_methods, reason = "the connection is used for migrations only")]
    let transaction = db
        .begin_with_options(TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        })
        .await?;
    if sql::is_postgres(&transaction) {
        // Any constant number works. Other schemas of the database have separate locks.
        let lock = "SELECT pg_advisory_xact_lock(766564209, hashtext(current_schema()))";
        transaction.execute_unprepared(lock).await?;
    }
    Ok(transaction)
}
