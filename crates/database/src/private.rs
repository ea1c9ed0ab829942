//! Files that only their owner may read, because they contain sessions, hashes and keys.

use std::{
    ffi::OsString,
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, ErrorKind, Read},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// The first bytes of every SQLite database.
const HEADER: &[u8; 16] = b"SQLite format 3\0";
/// Permission bits of group and others.
const OTHERS: u32 = 0o077;

/// Creates a folder and its missing parents with access for the owner only. An existing folder
/// keeps its permissions, because it may hold files that others need.
pub fn create_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Creates an empty file and its folder with access for the owner only, unless it exists. SQLite
/// creates the files beside a database with the database's permissions.
pub fn create_file(file: &Path) -> io::Result<()> {
    create_folder(file.parent().unwrap_or(Path::new(".")))?;
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Fails if the path is a folder or the file of another program, which must not be changed. An
/// SQLite database begins with SQLite's header, or is empty.
pub fn check_database(file: &Path) -> io::Result<()> {
    let metadata = match fs::metadata(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        metadata => metadata?,
    };
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    if metadata.len() == 0 {
        return Ok(());
    }
    let mut header = [0; HEADER.len()];
    File::open(file)?.read_exact(&mut header).map_err(|_| no_database())?;
    if &header == HEADER { Ok(()) } else { Err(no_database()) }
}

fn no_database() -> io::Error {
    io::Error::other("it is not an SQLite database")
}

/// Removes the access of all but the owner, and logs it. Missing files and files of another owner
/// are not changed.
///
/// The path is used because closing a second handle of a database would release SQLite's locks.
pub fn restrict(file: &Path) {
    let Some(mode) = open_to_others(file) else { return };
    let shown = file.display();
    match fs::set_permissions(file, Permissions::from_mode(mode & !OTHERS)) {
        Ok(()) => {
            tracing::info!(file = %shown, "a file that others could read: access is now limited to its owner");
        }
        Err(error) => tracing::warn!(file = %shown, %error, "others can read a file"),
    }
}

/// Returns the permissions of a file or folder to which others than its owner have access.
#[must_use]
pub fn open_to_others(path: &Path) -> Option<u32> {
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o7777;
    (mode & OTHERS != 0).then_some(mode)
}

/// The files of an SQLite database: the database, the write-ahead log (which contains rows, too),
/// the log's index and the rollback journal.
#[must_use]
pub fn database_files(file: &Path) -> [PathBuf; 4] {
    ["", "-wal", "-shm", "-journal"].map(|end| {
        let mut name = OsString::from(file);
        name.push(end);
        name.into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn created_files_are_accessible_to_their_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/data/books.db");
        create_file(&file).unwrap();
        create_file(&file).unwrap();
        assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
        assert_eq!(mode(&folder.path().join("deep")), 0o700);
    }

    #[test]
    fn a_file_that_is_not_a_database_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("books.db");
        check_database(&file).unwrap();
        fs::write(&file, "").unwrap();
        check_database(&file).unwrap();
        fs::write(&file, [HEADER.as_slice(), &[0; 100]].concat()).unwrap();
        check_database(&file).unwrap();
        for other in ["x", "root:x:0:0:root:/root:/bin/bash"] {
            fs::write(&file, other).unwrap();
            assert!(check_database(&file).is_err());
        }
        assert!(check_database(folder.path()).is_err());
    }

    #[test]
    fn an_existing_file_is_restricted_and_its_folder_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let shared = folder.path().join("shared");
        fs::create_dir(&shared).unwrap();
        fs::set_permissions(&shared, Permissions::from_mode(0o755)).unwrap();
        let [file, log, ..] = database_files(&shared.join("books.db"));
        for file in [&file, &log] {
            fs::write(file, "rows").unwrap();
            fs::set_permissions(file, Permissions::from_mode(0o664)).unwrap();
            create_file(file).unwrap();
            assert_eq!(open_to_others(file), Some(0o664));
            restrict(file);
            assert_eq!(open_to_others(file), None);
        }
        restrict(&shared.join("nothing"));
        assert_eq!((mode(&file), mode(&log), mode(&shared)), (0o600, 0o600, 0o755));
    }
}
