//! What a failed statement means.

use domain::{Error, Result};
use sea_orm::{DbErr, RuntimeErr, SqlErr, error::ConnAcquireErr};

/// A database failure that is nobody's input. No free connection, a lock that others did
/// not give up, or a statement that took too long, is [`Error::Busy`].
#[must_use]
pub fn internal(error: DbErr) -> Error {
    if matches!(error, DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)) || is_locked(&error) {
        Error::Busy
    } else {
        Error::internal(error)
    }
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

/// SQLite: `SQLITE_BUSY` is 5, `SQLITE_INTERRUPT`, of what takes too long, 9, with extended
/// codes in the higher bytes. PostgreSQL:
/// `deadlock_detected`, `serialization_failure`, and `query_canceled` when a statement
/// takes too long, most often for a lock.
pub(crate) fn is_locked(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))
    | DbErr::Conn(RuntimeErr::SqlxError(error))) = error
    else {
        return false;
    };
    let Some(database) = error.as_database_error() else { return false };
    let code = database.code().unwrap_or_default();
    if database.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        return code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 9));
    }
    matches!(&*code, "40P01" | "40001" | "57014")
}
