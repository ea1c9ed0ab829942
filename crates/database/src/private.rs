//! Files that only their owner may read: they hold sessions, hashes and keys.

use std::{
    ffi::OsString,
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, ErrorKind, Read},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// How each SQLite database begins.
const HEADER: &[u8; 16] = b"SQLite format 3\0";
/// What others than the owner may do.
const OTHERS: u32 = 0o077;

/// Makes a folder, with those above it that are missing, for its owner alone. One that
/// is there stays as it is: it may hold what others need.
pub fn create_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Makes an empty file, with its folder, for its owner alone, unless it is there. SQLite
/// makes the files beside a database with the mode of that.
pub fn create_file(file: &Path) -> io::Result<()> {
    create_folder(file.parent().unwrap_or(Path::new(".")))?;
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Fails if something is at the path that is no SQLite database, as a folder or the file
/// of another program: nothing of it may be changed. Ours begins with SQLite's header, or is
/// empty.
pub fn check_database(file: &Path) -> io::Result<()> {
    let metadata = match fs::metadata(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        metadata => metadata?,
    };
    if !metadata.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    if metadata.len() == 0 {
        return Ok(());
    }
    let mut header = [0; HEADER.len()];
    File::open(file)?.read_exact(&mut header).map_err(|_| no_database())?;
    if &header == HEADER { Ok(()) } else { Err(no_database()) }
}

fn no_database() -> io::Error {
    io::Error::other("it is another program's file, and no SQLite database")
}

/// Takes a file away from all but its owner, and says so in the log. One that is not
/// there, or somebody else's, stays as it is.
///
/// By its path, as closing a second handle of a database would give up SQLite's locks.
pub fn restrict(file: &Path) {
    let Some(mode) = open_to_others(file) else { return };
    let shown = file.display();
    match fs::set_permissions(file, Permissions::from_mode(mode & !OTHERS)) {
        Ok(()) => tracing::info!(file = %shown, "a file that others could read is its owner's now"),
        Err(error) => tracing::warn!(file = %shown, %error, "others can read a file"),
    }
}

/// The permissions of a file or folder that others than its owner may use in any way.
#[must_use]
pub fn open_to_others(path: &Path) -> Option<u32> {
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o7777;
    (mode & OTHERS != 0).then_some(mode)
}

/// An SQLite database, and what stands beside it: the write-ahead log, which holds rows,
/// too, its index, and a rollback journal.
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
    fn what_is_made_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/data/books.db");
        create_file(&file).unwrap();
        create_file(&file).unwrap();
        assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
        assert_eq!(mode(&folder.path().join("deep")), 0o700);
    }

    #[test]
    fn what_is_no_database_is_told() {
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
    fn what_is_there_is_taken_from_others_and_its_folder_stays() {
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
