//! Connections to SQLite and PostgreSQL, transactions, and the tables `user` and
//! `auditEvent`.
//!
//! [`Database`] owns the connections. [`Reader`] runs statements that read, [`Writer`] single
//! statements that write, and a [`Transaction`] groups several statements. A repository borrows
//! one of the three; its methods that write take a [`domain::Permit`].
//!
//! | module | contents |
//! |---|---|
//! | `database`, `reader`, `writer`, `transaction` | what callers use |
//! | `pool`, `postgres`, `sqlite`, `write_connection` | connections of each database |
//! | `failure`, `reason`, `outage` | meaning and text of errors |
//! | [`requirement`] | what a PostgreSQL database must offer |
//! | [`url`](mod@url), [`private`] | `DATABASE_URL`, and permissions of files |
//! | [`retention`] | removal of old rows |
//! | [`rule_sql`] | read rules as SQL conditions |
//! | `notification` | `LISTEN` and `NOTIFY` |
//! | [`user`], [`audit`] | tables: per table `entity.rs`, `mapper.rs` and the queries |

pub mod audit;
mod bytes;
mod change_log;
mod database;
mod failure;
#[cfg(test)]
mod faults;
mod file;
mod keys;
mod notification;
mod outage;
mod pool;
mod postgres;
pub mod private;
mod reader;
mod reason;
pub mod requirement;
mod reservation;
pub mod retention;
pub mod rule_sql;
mod session_settings;
mod sqlite;
#[cfg(any(test, feature = "test-server"))]
pub mod test_server;
mod transaction;
pub mod url;
pub mod user;
mod write_connection;
mod write_tasks;
mod writer;

pub use self::{
    audit::AuditRepository,
    change_log::log_change,
    database::{Database, is_postgres},
    failure::{internal, on_unique},
    keys::{json_keys, key_in},
    notification::Listener,
    reader::{JsonContent, Reader},
    reason::{is_about_schema, reason},
    reservation::{MemoryPool, Reservation},
    transaction::{Transaction, TransactionConnection},
    url::DatabaseUrl,
    user::UserRepository,
    write_tasks::WriteTasks,
    writer::Writer,
};
