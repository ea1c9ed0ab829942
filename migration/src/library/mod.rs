//! Migrations of the tables of books and authors, which refer to users.

mod m20261120_000002_library;
mod m20261120_000004_ownership;
mod m20261121_000008_search;
mod m20261121_000009_pages;
mod m20261121_000010_search_replace;
mod m20261129_000013_search_folding;
mod m20261130_000016_isbn13;
mod m20261130_000017_search_runs;

use sea_orm_migration::prelude::*;

pub use self::m20261120_000004_ownership::SYSTEM_USER;

/// Returns the migrations of the library, oldest first.
pub(crate) fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(m20261120_000002_library::Migration),
        Box::new(m20261120_000004_ownership::Migration),
        Box::new(m20261121_000008_search::Migration),
        Box::new(m20261121_000009_pages::Migration),
        Box::new(m20261121_000010_search_replace::Migration),
        Box::new(m20261129_000013_search_folding::Migration),
        Box::new(m20261130_000016_isbn13::Migration),
        Box::new(m20261130_000017_search_runs::Migration),
    ]
}
