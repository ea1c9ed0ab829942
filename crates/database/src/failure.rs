//! Meaning of a failed statement.

use std::{io, time::Duration};

use domain::{Error, Result};
use sea_orm::{DbErr, RuntimeErr, SqlErr, error::ConnAcquireErr};
use sqlx::sqlite::SqliteError;

/// Maps a database failure that the client's input did not cause. The result is [`Error::Busy`]
/// if no connection was free, a lock was not released, a statement timed out, or the database is
/// unreachable or cannot write.
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

/// Maps a violation of the unique key of `table.column` to `meaning`. Any other failure is mapped
/// by [`internal`].
///
/// SQLite names the column (`book.isbn`), PostgreSQL the index (`book_isbn_key`).
pub fn on_unique<T>(
    result: std::result::Result<T, DbErr>,
    table: &str,
    column: &str,
    meaning: impl FnOnce() -> Error,
) -> Result<T> {
    result.map_err(
        |error| {
            if violates_unique(&error, table, column) { meaning() } else { internal(error) }
        },
    )
}

/// Whether a statement failed because another row has the value of this unique column.
pub(crate) fn violates_unique(error: &DbErr, table: &str, column: &str) -> bool {
    let Some(SqlErr::UniqueConstraintViolation(message)) = error.sql_err() else { return false };
    message.contains(&format!("{table}.{column}"))
        || message.contains(&format!("{table}_{column}_key"))
}

/// Converts an error of sqlx to one of sea-orm.
pub(crate) fn to_db_err(error: sqlx::Error) -> DbErr {
    match error {
        sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        error => DbErr::Query(RuntimeErr::SqlxError(error.into())),
    }
}

/// The error of a missing answer.
pub(crate) fn timed_out(after: Duration) -> sqlx::Error {
    let message = format!("the database did not answer within {} s", after.as_secs());
    io::Error::new(io::ErrorKind::TimedOut, message).into()
}

/// The error of a caller that does not connect, because another caller is already trying.
pub(crate) fn unreachable() -> sqlx::Error {
    io::Error::new(io::ErrorKind::NotConnected, "the database cannot be reached").into()
}

/// The error code of a database.
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

/// Whether a lock or a timeout ended the statement.
///
/// SQLite: `SQLITE_BUSY` (5); `SQLITE_INTERRUPT` (9), after a timeout; `SQLITE_PROTOCOL` (15),
/// when many open the file at once. PostgreSQL: `deadlock_detected`, `serialization_failure`, and
/// `query_canceled`, after a timeout that is mostly spent on a lock.
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

/// Whether SQLite refused the values of a statement. Its transaction can continue.
pub(crate) fn is_constraint_of_sqlite(error: &sqlx::Error) -> bool {
    matches!(code(error), Some(Code::Sqlite(19)))
}

/// Whether the connection is broken. PostgreSQL: it failed, or its server ended it
/// (`connection_exception`, `admin_shutdown` and others of class 57P, 25P03 after an idle
/// transaction). SQLite: its file failed; the file is intact after errors of the statement (1),
/// locks (5), timeouts (9) and constraints (19).
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

/// Whether an answer of PostgreSQL was lost with the connection: the statement may have
/// succeeded. SQLite runs in this process and always reports its result.
pub(crate) fn is_outcome_unknown(error: &sqlx::Error) -> bool {
    !matches!(code(error), Some(Code::Sqlite(_))) && is_lost(error)
}

/// Whether the database is unreachable or cannot write, independent of the request. SQLite: no
/// memory (7), read-only (8), failed input or output (10), full (13), a file that cannot be
/// opened (14). PostgreSQL: a lost connection, `insufficient_resources` (a full disk, too many
/// connections), `io_error`, a read-only server.
pub(crate) fn is_unavailable(error: &sqlx::Error) -> bool {
    match code(error) {
        Some(Code::Sqlite(code)) => matches!(code, 7 | 8 | 10 | 13 | 14),
        Some(Code::Postgres(code)) => {
            is_lost(error) || code.starts_with("53") || matches!(&*code, "58030" | "25006")
        }
        None => matches!(error, sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed),
    }
}

/// Whether PostgreSQL or its pooler refuses another connection.
pub(crate) fn is_too_many_connections(error: &sqlx::Error) -> bool {
    matches!(code(error), Some(Code::Postgres(code)) if code == "53300")
}

/// Whether a read can be retried at once: the database probably ended the connection before it
/// read the statement.
pub(crate) fn is_retryable(error: &sqlx::Error) -> bool {
    let is_silent =
        matches!(error, sqlx::Error::Io(error) if error.kind() == io::ErrorKind::TimedOut);
    is_lost(error) && !is_silent
}
