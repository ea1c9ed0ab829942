//! The database's schema, as migrations in the order in which they were made.
//!
//! One change per file, up and down; a landed file is never edited. Nothing here
//! imports an entity: a migration means today what it meant when it was written.
//! Table and column names are in better-auth's style (singular, camelCase). Its tables are
//! created exactly as its own command line creates them, so that a Node server can share the
//! database.
//!
//! Accounts ([`auth`]) and the library (`library`) are two lists. [`Migrator`] applies both,
//! in the order of their names, which begin with the day and a number. Applications that embed
//! the crate `auth` apply the first list alone ([`auth::migrate`]).

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

/// Every migration, oldest first.
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

/// Some of the migrations, by name.
struct Migrations(BTreeSet<String>);

impl Migrations {
    fn of<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        Self(names.map(str::to_owned).collect())
    }

    /// Applies those that are pending.
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

/// Which way to go, and how many steps; `None` is all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Apply pending migrations.
    Up(Option<u32>),
    /// Revert applied migrations.
    Down(Option<u32>),
    /// Revert everything, then apply everything: all data is lost.
    Fresh,
}

/// Moves the schema, all or nothing, and one process at a time: another one that
/// starts meanwhile waits, then finds nothing left to do.
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

/// Begins a transaction that no other migration runs beside.
async fn begin_exclusive(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    // SQLite: an immediate transaction keeps other writers out.
    #[expect(clippy::disallowed_methods, reason = "of a connection that nobody else uses")]
    let transaction = db
        .begin_with_options(TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        })
        .await?;
    if sql::is_postgres(&transaction) {
        // Any number does, as long as it is always the same one. Other schemas of the
        // database have locks of their own.
        let lock = "SELECT pg_advisory_xact_lock(766564209, hashtext(current_schema()))";
        transaction.execute_unprepared(lock).await?;
    }
    Ok(transaction)
}
