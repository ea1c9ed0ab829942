//! The tables of books and authors, and their rows as domain objects.
//!
//! Per entity a folder: `entity.rs` is the table, `mapper.rs` the one place where
//! rows become domain objects and back, `mod.rs` the queries. A repository borrows a
//! connection of the crate [`database`]: `BookRepository::new(db.reader())` reads,
//! `BookRepository::new(transaction.connection())` writes too. Every method that writes takes
//! a [`domain::Permit`].

pub mod author;
pub mod book;
mod children;
mod condition;
mod json;
mod list;
mod pattern;
#[cfg(test)]
mod plans;
mod readable;
mod repository;
mod rows;
mod search;
mod select;
mod size;
mod sort;
mod statement;
mod table;

pub use author::AuthorRepository;
pub use book::BookRepository;
use database::user::OwnedTable;
pub use list::{ListRepository, order_of_children};
pub use readable::check_rules;
pub use repository::{Repository, Stored};
pub use table::{ChildOf, ListedEntity};

/// The tables whose rows belong to users.
pub const OWNED_TABLES: &[OwnedTable] = &[
    OwnedTable { table: "book", user_id: "userId" },
    OwnedTable { table: "author", user_id: "userId" },
];
