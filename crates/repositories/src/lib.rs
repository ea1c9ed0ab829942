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
mod found;
mod keyset;
mod notification;
mod outage;
mod pattern;
#[cfg(test)]
mod plans;
mod pool;
mod postgres;
pub mod private;
mod readable;
mod reader;
mod reason;
mod relation;
pub mod requirement;
mod reservation;
pub mod retention;
mod rows;
mod search;
mod session_settings;
mod shape;
mod size;
mod sqlite;
mod transaction;
pub mod url;
pub mod user;
mod write_connection;
mod write_tasks;
mod writer;

pub use audit::AuditRepository;
pub use author::AuthorRepository;
pub use book::BookRepository;
pub use children::key_in;
pub use database::Database;
pub use failure::{internal, on_unique};
pub use notification::Listener;
pub use readable::check_rules;
pub use reader::Reader;
pub use reason::{is_about_schema, reason};
pub use relation::Children;
pub use reservation::{MemoryPool, Reservation};
pub use shape::Shape;
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
