//! A lock that detects another server on the same SQLite file.
//!
//! Two servers may share a file, but neither receives the other's changes: subscriptions miss
//! them. The lock is the operating system's (`flock`), which ends with its process. It is on a
//! file of its own, because SQLite's own locks end when any code of the process closes the
//! database's file. Commands do not take the lock.

use std::{
    fs::{File, OpenOptions, TryLockError},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// The lock, held while the server runs.
#[derive(Debug)]
pub(crate) struct ServerLock {
    _file: Option<File>,
    /// The warning about another server, if there is one.
    pub(crate) notice: Option<String>,
}

impl ServerLock {
    /// Takes the lock of an SQLite file. If it cannot be taken, the server runs without it.
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
                "another server has {} open, too: subscriptions of each miss changes made through \
                 the other; stop one, or use a PostgreSQL database",
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
    fn the_second_server_is_warned_until_the_first_has_ended() {
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
