//! The tables of books, authors and users, and their rows as domain objects.
//!
//! Per entity a folder: `entity.rs` is the table, `mapper.rs` the one place where
//! rows become domain objects and back, `mod.rs` the queries. A repository borrows
//! a connection or a transaction ([`Database`], [`Transaction`]); every method
//! that writes takes a [`domain::Permit`].

pub mod audit;
pub mod author;
pub mod book;
mod bytes;
mod children;
mod condition;
pub mod database;
mod failure;
#[cfg(test)]
mod faults;
mod file;
mod json;
mod keys;
mod list;
mod notification;
mod outage;
mod pattern;
#[cfg(test)]
mod plans;
mod pool;
mod postgres;
pub mod private;
mod reader;
mod reason;
mod repository;
pub mod requirement;
mod reservation;
pub mod retention;
mod rows;
mod search;
mod select;
mod session_settings;
mod size;
mod sort;
mod sqlite;
mod statement;
mod table;
mod transaction;
pub mod url;
pub mod user;
mod write_connection;
mod write_tasks;
mod writer;

pub use audit::AuditRepository;
pub use author::AuthorRepository;
pub use book::BookRepository;
pub use database::Database;
pub use failure::{internal, on_unique};
pub use keys::key_in;
pub use list::{ListRepository, order_of_children};
pub use notification::Listener;
pub use reader::Reader;
pub use reason::{is_about_schema, reason};
pub use repository::{Repository, Stored};
pub use reservation::{MemoryPool, Reservation};
pub use table::{ChildOf, ListedEntity};
pub use transaction::{Transaction, TransactionConnection};
pub use url::DatabaseUrl;
pub use user::UserRepository;
pub use write_tasks::WriteTasks;
pub use writer::Writer;

use domain::ability::{Actor, Permit, PermitAction, Subject};

/// Notes who changed what; the request's id stands in the log line's span.
fn audit<A: PermitAction, S: Subject>(permit: &Permit<A, S>, id: &str) {
    let (action, kind) = (permit.action(), S::KIND);
    match permit.by() {
        Actor::User(user) => {
            tracing::info!(user_id = %user.id, role = %user.role, %action, %kind, id, "data changed");
        }
        Actor::System(reason) => tracing::debug!(reason, %action, %kind, id, "data changed"),
    }
}
