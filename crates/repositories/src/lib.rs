//! The tables of books and authors, and their rows as domain objects.
//!
//! Each entity has a folder: `row.rs` has the table's row, its mapping to the domain object
//! and back, and the column of each field; `table.rs` the filters and relations of lists;
//! `mod.rs` the statements that write. [`ListRepository`] reads lists of all entities.
//!
//! A repository borrows a
//! connection of the crate [`database`]: `BookRepository::new(db.reader())` reads,
//! `BookRepository::new(transaction.connection())` writes too. Every method that writes takes
//! a [`domain::Permit`].

pub mod author;
pub mod book;
mod children;
mod condition;
mod json;
mod json_query;
mod list;
mod parent_keys;
mod pattern;
#[cfg(test)]
mod plans;
mod repository;
mod rows;
mod rule_tables;
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
pub use repository::Repository;
pub use rule_tables::check_rules;
pub use table::{ChildOf, ListedEntity};

/// The tables whose rows belong to users.
pub const OWNED_TABLES: &[OwnedTable] = &[
    OwnedTable { table: "book", user_id: "userId" },
    OwnedTable { table: "author", user_id: "userId" },
];
