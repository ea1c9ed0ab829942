//! A server whose disk fails on demand.

use std::{fmt, fs, path::PathBuf, process::Command};

use crate::it::support::{
    Process, ServerProcess, TestDatabase, bookplate_command, repository_root, skip,
};

/// A system call that fails on a file of the database with an error.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fault {
    pub(super) call: &'static str,
    pub(super) error: Errno,
    pub(super) file: &'static str,
}

/// An error of the system, with Linux's number.
#[derive(Clone, Copy, Debug)]
pub(super) enum Errno {
    Io = 5,
    NoSpace = 28,
    ReadOnly = 30,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, error, file } = self;
        write!(f, "{call} of {file} fails ({error:?})")
    }
}

/// The disk of the database file.
pub(super) struct FailingDisk {
    shim: PathBuf,
    faults: PathBuf,
    database: PathBuf,
}

impl FailingDisk {
    /// Creates a disk without faults. Skips the test and returns `None` without a C compiler.
    pub(super) fn create(database: &TestDatabase) -> Option<Self> {
        let folder = database.folder();
        let shim = folder.join("failing_disk.so");
        let source = repository_root().join("tests/it/faults/failing_disk.c");
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-o"]).args([&shim, &source]).arg("-ldl");
        let Ok(compiled) = cc.output() else {
            skip(skips::C_COMPILER);
            return None;
        };
        let complaints = String::from_utf8_lossy(&compiled.stderr);
        assert!(compiled.status.success(), "{complaints}");
        // The path as the server's kernel names it.
        let database = folder.canonicalize().unwrap().join("bookplate.db");
        Some(Self { shim, faults: folder.join("faults"), database })
    }

    /// Starts a server on the disk.
    pub(super) async fn serve(
        &self,
        database: &TestDatabase,
        settings: &[(&str, &str)],
    ) -> ServerProcess {
        let utf8 = |path: &PathBuf| path.to_str().unwrap().to_owned();
        let [shim, faults, file] = [&self.shim, &self.faults, &self.database].map(utf8);
        let settings_of_disk = [
            ("DATABASE_URL", database.url()),
            ("PORT", "0"),
            ("LD_PRELOAD", &*shim),
            ("FAILING_DISK_FAULTS", &*faults),
            ("FAILING_DISK_DATABASE", &*file),
        ];
        let command = bookplate_command(
            &database.folder(),
            &["serve"],
            &[&settings_of_disk, settings].concat(),
        );
        ServerProcess::wait_until_ready(Process::spawn(command)).await
    }

    /// Makes exactly these calls fail from now on.
    pub(super) fn fail(&self, faults: &[Fault]) {
        let line =
            |Fault { call, error, file }: &Fault| format!("{call} {} {file}\n", *error as u8);
        let text: String = faults.iter().map(line).collect();
        // Renaming replaces the file atomically.
        let draft = self.faults.with_extension("draft");
        fs::write(&draft, text).unwrap();
        fs::rename(&draft, &self.faults).unwrap();
    }

    /// Removes all faults.
    pub(super) fn heal(&self) {
        self.fail(&[]);
    }
}
