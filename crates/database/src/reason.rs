//! Failures of a database in plain words: the cause, once.
//!
//! The libraries' errors say what their sources say, too, and `PostgreSQL`'s end in the
//! line of its own source.

use std::{error::Error as StdError, io, io::ErrorKind};

use sea_orm::{DbErr, RuntimeErr};
use sqlx::error::DatabaseError;

/// What a failure of the database is told as; `None` of any other error.
#[must_use]
pub fn reason(error: &(dyn StdError + 'static)) -> Option<String> {
    if let Some(error) = error.downcast_ref::<DbErr>() {
        return Some(match error {
            DbErr::Conn(RuntimeErr::SqlxError(error))
            | DbErr::Exec(RuntimeErr::SqlxError(error))
            | DbErr::Query(RuntimeErr::SqlxError(error)) => of_driver(error),
            error => error.to_string(),
        });
    }
    error.downcast_ref::<sqlx::Error>().map(of_driver)
}

/// What a failure of the driver is told as.
pub(crate) fn of_driver(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => of_database(&**error),
        sqlx::Error::Io(error) => of_connection(error),
        sqlx::Error::PoolTimedOut => "no connection was to be had in time".to_owned(),
        error => error.to_string(),
    }
}

/// What a refusal by the database is told as.
pub(crate) fn of_database(error: &dyn DatabaseError) -> String {
    match error.code() {
        Some(code) => format!("{} (code {code})", error.message()),
        None => error.message().to_owned(),
    }
}

fn of_connection(error: &io::Error) -> String {
    let text = error.to_string();
    match error.kind() {
        ErrorKind::ConnectionRefused => format!("nothing listens there: {text}"),
        // The standard library has no kind for it.
        _ if text.starts_with("failed to lookup") => format!("its host is unknown: {text}"),
        _ => format!("the connection failed: {text}"),
    }
}

/// Whether a statement failed for what is in the database, and not for the disk, the
/// connection or a permission.
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
    // Violated constraints; names that are taken or missing, but for `insufficient_privilege`.
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
    fn a_cause_is_told_once_and_plainly() {
        assert_eq!(reason(&refused()).unwrap(), "nothing listens there: connection refused");
        let timeout = sqlx::Error::PoolTimedOut;
        assert_eq!(reason(&timeout).unwrap(), "no connection was to be had in time");
        assert_eq!(reason(&io::Error::from(ErrorKind::NotFound)), None);
        assert!(!is_about_schema(&refused()));
    }
}
