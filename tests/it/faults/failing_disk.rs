//! A server whose disk fails on demand.

use std::{fmt, fs, path::PathBuf, process::Command};

use crate::it::support::{
    Process, ServerProcess, TestDatabase, bookplate_command, repository_root, skip,
};

/// A call that fails, on a file of the database, with an error.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fault {
    pub(super) call: &'static str,
    pub(super) error: Errno,
    pub(super) file: &'static str,
}

/// An error of the system, by Linux's number.
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

/// The disk below the database's file.
pub(super) struct FailingDisk {
    library: PathBuf,
    faults: PathBuf,
    database: PathBuf,
}

impl FailingDisk {
    /// One that does not fail yet. None without a C compiler: see [`skip`].
    pub(super) fn of(database: &TestDatabase) -> Option<Self> {
        let folder = database.folder();
        let library = folder.join("failing_disk.so");
        let source = repository_root().join("tests/it/faults/failing_disk.c");
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-o"]).args([&library, &source]).arg("-ldl");
        let Ok(compiled) = cc.output() else {
            skip(skips::C_COMPILER);
            return None;
        };
        let complaints = String::from_utf8_lossy(&compiled.stderr);
        assert!(compiled.status.success(), "{complaints}");
        // As the server's kernel names it.
        let database = folder.canonicalize().unwrap().join("bookplate.db");
        Some(Self { library, faults: folder.join("faults"), database })
    }

    /// A server on it.
    pub(super) async fn serve(
        &self,
        database: &TestDatabase,
        settings: &[(&str, &str)],
    ) -> ServerProcess {
        let utf8 = |path: &PathBuf| path.to_str().unwrap().to_owned();
        let [library, faults, file] = [&self.library, &self.faults, &self.database].map(utf8);
        let own = [
            ("DATABASE_URL", database.url()),
            ("PORT", "0"),
            ("LD_PRELOAD", &*library),
            ("FAILING_DISK_FAULTS", &*faults),
            ("FAILING_DISK_DATABASE", &*file),
        ];
        let command = bookplate_command(&database.folder(), &["serve"], &[&own, settings].concat());
        ServerProcess::wait_until_ready(Process::spawn(command)).await
    }

    /// From now on these calls fail, and no others.
    pub(super) fn fail(&self, faults: &[Fault]) {
        let line =
            |Fault { call, error, file }: &Fault| format!("{call} {} {file}\n", *error as u8);
        let text: String = faults.iter().map(line).collect();
        // Seen whole or not at all.
        let draft = self.faults.with_extension("draft");
        fs::write(&draft, text).unwrap();
        fs::rename(&draft, &self.faults).unwrap();
    }

    /// From now on nothing fails.
    pub(super) fn heal(&self) {
        self.fail(&[]);
    }
}
