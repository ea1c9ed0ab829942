//! Whether another server has the same SQLite file.
//!
//! Two servers may share one, as `PostgreSQL`'s do, but neither hears of what the other
//! changes: subscriptions miss it. The lock is the system's (`flock`), so that it ends with
//! its process, however that ends. It is on a file of its own: SQLite gives its own locks up
//! when anybody in the process closes the database's file. Commands don't take it.

use std::{
    fs::{File, OpenOptions, TryLockError},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// Held for as long as the server has the file.
#[derive(Debug)]
pub(crate) struct ServerLock {
    _file: Option<File>,
    /// What the operator should know.
    pub(crate) notice: Option<String>,
}

impl ServerLock {
    /// Takes the lock of an SQLite file. Where it cannot be taken, the server goes on
    /// without.
    pub(crate) fn take(database: Option<&Path>) -> Self {
        let Some(database) = database else { return Self { _file: None, notice: None } };
        let mut name = database.as_os_str().to_owned();
        name.push("-server");
        let file =
            OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&name);
        let Ok(file) = file else { return Self { _file: None, notice: None } };
        let taken = matches!(file.try_lock(), Err(TryLockError::WouldBlock));
        let notice = taken.then(|| {
            format!(
                "another server has {} open, too: subscriptions of each miss what is changed \
                 through the other; end one, or give both a PostgreSQL database",
                database.display()
            )
        });
        Self { _file: Some(file), notice }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_one_is_told_until_the_first_has_ended() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("books.db");
        let first = ServerLock::take(Some(&database));
        assert_eq!(first.notice, None);
        let second = ServerLock::take(Some(&database));
        assert!(second.notice.as_ref().is_some_and(|notice| notice.contains("books.db")));
        drop((first, second));
        assert_eq!(ServerLock::take(Some(&database)).notice, None);
        assert_eq!(ServerLock::take(Some(&folder.path().join("no/books.db"))).notice, None);
        assert_eq!(ServerLock::take(None).notice, None);
    }
}
