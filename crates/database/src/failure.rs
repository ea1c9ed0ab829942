//! What a failed statement means.

use std::{io, time::Duration};

use domain::{Error, Result};
use sea_orm::{DbErr, RuntimeErr, SqlErr, error::ConnAcquireErr};
use sqlx::sqlite::SqliteError;

/// A database failure that is nobody's input. No free connection, a lock that others did
/// not give up, a statement that took too long, and a database that is away or cannot
/// write, is [`Error::Busy`].
#[must_use]
pub fn internal(error: DbErr) -> Error {
    let is_busy = match &error {
        DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => true,
        DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error))
        | DbErr::Conn(RuntimeErr::SqlxError(error)) => is_locked(error) || is_unavailable(error),
        _ => false,
    };
    if is_busy { Error::Busy } else { Error::internal(error) }
}

/// Turns the violation of the unique `table.column` into what it means; any other
/// failure stays [`internal`].
///
/// SQLite names the column (`book.isbn`), PostgreSQL the index (`book_isbn_key`).
pub fn on_unique<T>(
    result: std::result::Result<T, DbErr>,
    table: &str,
    column: &str,
    meaning: impl FnOnce() -> Error,
) -> Result<T> {
    result.map_err(|error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(message))
            if message.contains(&format!("{table}.{column}"))
                || message.contains(&format!("{table}_{column}_key")) =>
        {
            meaning()
        }
        _ => internal(error),
    })
}

/// Maps to sea-orm's error.
pub(crate) fn failed(error: sqlx::Error) -> DbErr {
    match error {
        sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        error => DbErr::Query(RuntimeErr::SqlxError(error.into())),
    }
}

/// An answer that did not come.
pub(crate) fn timed_out(after: Duration) -> sqlx::Error {
    let message = format!("the database did not answer within {} s", after.as_secs());
    io::Error::new(io::ErrorKind::TimedOut, message).into()
}

/// The failure of a caller that does not try to connect, as another one tries already.
pub(crate) fn away() -> sqlx::Error {
    io::Error::new(io::ErrorKind::NotConnected, "the database is away").into()
}

/// What the database says of a failure.
enum Code {
    /// SQLite's primary result code.
    Sqlite(u32),
    /// PostgreSQL's SQLSTATE.
    Postgres(String),
}

fn code(error: &sqlx::Error) -> Option<Code> {
    let error = error.as_database_error()?;
    let code = error.code()?;
    if error.try_downcast_ref::<SqliteError>().is_some() {
        // An extended code has its details in the higher bytes.
        return code.parse::<u32>().ok().map(|code| Code::Sqlite(code & 0xff));
    }
    Some(Code::Postgres(code.into_owned()))
}

/// SQLite: `SQLITE_BUSY` is 5, `SQLITE_INTERRUPT`, of what takes too long, 9,
/// `SQLITE_PROTOCOL`, of many who open the file at once, 15. PostgreSQL:
/// `deadlock_detected`, `serialization_failure`, and `query_canceled` when a statement
/// takes too long, most often for a lock.
fn is_locked(error: &sqlx::Error) -> bool {
    match code(error) {
        Some(Code::Sqlite(code)) => matches!(code, 5 | 9 | 15),
        Some(Code::Postgres(code)) => matches!(&*code, "40P01" | "40001" | "57014"),
        None => false,
    }
}

/// Whether another connection has SQLite's file locked.
pub(crate) fn is_busy_file(error: &sqlx::Error) -> bool {
    matches!(code(error), Some(Code::Sqlite(5)))
}

/// Whether SQLite refused the values of a statement, after which its transaction goes on.
pub(crate) fn is_constraint_of_sqlite(error: &sqlx::Error) -> bool {
    matches!(code(error), Some(Code::Sqlite(19)))
}

/// Whether the connection is of no use any more: it broke, its server ended it
/// (`connection_exception`, `admin_shutdown` and their like, 25P03 of a transaction that
/// was idle), or its file failed. After errors of the statement (1), locks (5), limits (9)
/// and constraints (19) SQLite's file is well.
pub(crate) fn is_lost(error: &sqlx::Error) -> bool {
    match code(error) {
        Some(Code::Sqlite(code)) => !matches!(code, 1 | 5 | 9 | 19),
        Some(Code::Postgres(code)) => {
            code.starts_with("08") || code.starts_with("57P") || code == "25P03"
        }
        None => matches!(
            error,
            sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::WorkerCrashed
        ),
    }
}

/// Whether an answer of PostgreSQL's was lost with the connection: what was asked may have
/// been done. SQLite, in this process, says what it did.
pub(crate) fn is_lost_on_the_way(error: &sqlx::Error) -> bool {
    !matches!(code(error), Some(Code::Sqlite(_))) && is_lost(error)
}

/// Whether the database itself is away, or cannot write: nothing that the request could
/// change. SQLite: no memory (7), read-only (8), a failed input or output (10), full (13),
/// a file that does not open (14). PostgreSQL: a lost connection, `insufficient_resources`
/// as a full disk or too many connections, `io_error`, a read-only server.
pub(crate) fn is_unavailable(error: &sqlx::Error) -> bool {
    match code(error) {
        Some(Code::Sqlite(code)) => matches!(code, 7 | 8 | 10 | 13 | 14),
        Some(Code::Postgres(code)) => {
            is_lost(error) || code.starts_with("53") || matches!(&*code, "58030" | "25006")
        }
        None => matches!(error, sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed),
    }
}

/// Whether PostgreSQL, or a pooler before it, allows no further connection.
pub(crate) fn is_too_many_connections(error: &sqlx::Error) -> bool {
    matches!(code(error), Some(Code::Postgres(code)) if code == "53300")
}

/// Whether the database may have ended the connection before it read the statement, and
/// may answer another one at once.
pub(crate) fn is_worth_another(error: &sqlx::Error) -> bool {
    let is_silent =
        matches!(error, sqlx::Error::Io(error) if error.kind() == io::ErrorKind::TimedOut);
    is_lost(error) && !is_silent
}
