//! Readable texts for database errors; each cause appears once.
//!
//! The libraries' error texts repeat those of their sources. PostgreSQL's contain a line of its
//! source code.

use std::{error::Error as StdError, io, io::ErrorKind};

use sea_orm::{DbErr, RuntimeErr};
use sqlx::error::DatabaseError;

/// Returns the readable text of a database error; `None` of any other error.
#[must_use]
pub fn reason(error: &(dyn StdError + 'static)) -> Option<String> {
    if let Some(error) = error.downcast_ref::<DbErr>() {
        return Some(match error {
            DbErr::Conn(RuntimeErr::SqlxError(error))
            | DbErr::Exec(RuntimeErr::SqlxError(error))
            | DbErr::Query(RuntimeErr::SqlxError(error)) => driver_reason(error),
            error => error.to_string(),
        });
    }
    error.downcast_ref::<sqlx::Error>().map(driver_reason)
}

/// Returns the readable text of a driver error.
pub(crate) fn driver_reason(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => database_reason(&**error),
        sqlx::Error::Io(error) => connection_reason(error),
        sqlx::Error::PoolTimedOut => "no connection became free in time".to_owned(),
        error => error.to_string(),
    }
}

/// Returns the readable text of an error that the database reported.
pub(crate) fn database_reason(error: &dyn DatabaseError) -> String {
    match error.code() {
        Some(code) => format!("{} (code {code})", error.message()),
        None => error.message().to_owned(),
    }
}

fn connection_reason(error: &io::Error) -> String {
    let text = error.to_string();
    match error.kind() {
        ErrorKind::ConnectionRefused => format!("nothing listens there: {text}"),
        // The standard library has no error kind for a failed lookup.
        _ if text.starts_with("failed to lookup") => format!("its host is unknown: {text}"),
        _ => format!("the connection failed: {text}"),
    }
}

/// Whether the schema or the rows made a statement fail, not the disk, the connection or a
/// permission.
#[must_use]
pub fn is_about_schema(error: &DbErr) -> bool {
    let (DbErr::Conn(RuntimeErr::SqlxError(error))
    | DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))) = error
    else {
        return !matches!(error, DbErr::ConnectionAcquire(_));
    };
    let Some(database) = error.as_database_error() else { return false };
    let code = database.code().unwrap_or_default();
    if database.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        // `SQLITE_ERROR` and `SQLITE_CONSTRAINT`.
        return code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 1 | 19));
    }
    // Class 23: violated constraints. Class 42: names that exist or are missing, except
    // `insufficient_privilege`.
    (code.starts_with("23") || code.starts_with("42")) && code != "42501"
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn refused() -> DbErr {
        let refused = io::Error::from(ErrorKind::ConnectionRefused);
        DbErr::Conn(RuntimeErr::SqlxError(Arc::new(sqlx::Error::Io(refused))))
    }

    #[test]
    fn a_reason_contains_the_cause_once() {
        assert_eq!(reason(&refused()).unwrap(), "nothing listens there: connection refused");
        let timeout = sqlx::Error::PoolTimedOut;
        assert_eq!(reason(&timeout).unwrap(), "no connection became free in time");
        assert_eq!(reason(&io::Error::from(ErrorKind::NotFound)), None);
        assert!(!is_about_schema(&refused()));
    }
}
