//! The database's schema, as changes in the order in which they were made.
//!
//! One change a file, up and down; a landed file is never edited. Nothing here
//! imports an entity: a migration means today what it meant when it was written.
//! Table and column names are better-auth's style (singular, camelCase), and its
//! tables are made exactly as its own command line makes them, so that a Node
//! server can share the database.

mod m20261120_000001_auth;
mod m20261120_000002_library;
mod m20261120_000003_user_role;
mod m20261120_000004_ownership;
mod m20261121_000005_mail;
mod m20261121_000006_audit_event;
mod m20261121_000007_rate_limit;
mod m20261121_000008_search;
mod m20261121_000009_pages;
mod m20261121_000010_search_replace;
mod m20261129_000011_user_epoch;
mod m20261129_000012_retention;
mod m20261129_000013_search_folding;
mod m20261129_000014_revocation_and_probe;
mod m20261129_000015_user_email_lower;
mod m20261130_000016_isbn13;
mod m20261130_000017_search_runs;
mod search;
mod sql;
mod structure;

pub use crate::structure::{Column, Drift, Kind, Structure};
pub use m20261120_000004_ownership::SYSTEM_USER;
pub use sea_orm_migration::{MigrationStatus, MigratorTrait};
use sea_orm_migration::{
    prelude::*,
    sea_orm::{DatabaseConnection, SqliteTransactionMode, TransactionOptions, TransactionTrait},
};

/// Every change, oldest first.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261120_000001_auth::Migration),
            Box::new(m20261120_000002_library::Migration),
            Box::new(m20261120_000003_user_role::Migration),
            Box::new(m20261120_000004_ownership::Migration),
            Box::new(m20261121_000005_mail::Migration),
            Box::new(m20261121_000006_audit_event::Migration),
            Box::new(m20261121_000007_rate_limit::Migration),
            Box::new(m20261121_000008_search::Migration),
            Box::new(m20261121_000009_pages::Migration),
            Box::new(m20261121_000010_search_replace::Migration),
            Box::new(m20261129_000011_user_epoch::Migration),
            Box::new(m20261129_000012_retention::Migration),
            Box::new(m20261129_000013_search_folding::Migration),
            Box::new(m20261129_000014_revocation_and_probe::Migration),
            Box::new(m20261129_000015_user_email_lower::Migration),
            Box::new(m20261130_000016_isbn13::Migration),
            Box::new(m20261130_000017_search_runs::Migration),
        ]
    }

    fn migration_table_name() -> DynIden {
        "bookplateMigration".into_iden()
    }
}

/// Which way to go, and how many steps; `None` is all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Apply pending changes.
    Up(Option<u32>),
    /// Take applied changes back.
    Down(Option<u32>),
    /// Take everything back, then apply everything: all data is lost.
    Fresh,
}

/// Moves the schema, all or nothing, and one process at a time: another one that
/// starts meanwhile waits, then finds nothing left to do.
pub async fn migrate(db: &DatabaseConnection, direction: Direction) -> Result<(), DbErr> {
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
