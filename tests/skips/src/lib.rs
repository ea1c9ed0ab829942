//! Skipped tests, and the table of what this machine lacks.
//!
//! A test that needs more than Rust calls [`skip`] with the [`Requirement`] that is
//! missing. The last test target of `cargo test --workspace`, `tests/table.rs`, prints one
//! table for all tests.
//!
//! Every test target is a process of its own, so all processes of a run append to one file
//! in the folder of the build. The variable `TEST_RUN` names the run. Without it, the
//! process that started the test names it: Cargo, which starts all targets of a run.
//! Skips of earlier runs are in other files.

mod oracle;

use std::{
    collections::BTreeSet,
    env,
    fmt::Write as _,
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::process::parent_id,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

pub use self::oracle::oracle;

/// What some tests need beyond Rust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The name of what is missing.
    pub name: &'static str,
    /// The tests that are skipped without it.
    pub tests: &'static str,
    /// How to get it.
    pub remedy: &'static str,
}

/// A PostgreSQL server on which tests create databases.
pub const POSTGRES: Requirement = Requirement {
    name: "PostgreSQL",
    tests: "all tests on PostgreSQL",
    remedy: "set TEST_POSTGRES_URL=postgres://USER@HOST:PORT/DATABASE",
};
/// Node.js with the packages of `tests/clients`.
pub const CLIENTS: Requirement = Requirement {
    name: "Node.js packages",
    tests: "JavaScript clients, comparisons with better-auth, CASL, dotenv and graphql-js",
    remedy: "Node.js 20, and in tests/clients: npm ci --ignore-scripts && npm run driver",
};
/// The built example apps of `tests/frontends`.
pub const WEB_APPS: Requirement = Requirement {
    name: "built web apps",
    tests: "the example apps",
    remedy: "Node.js 20, and in tests/frontends: npm ci --ignore-scripts && npm run build",
};
/// Chromium.
pub const CHROMIUM: Requirement = Requirement {
    name: "Chromium",
    tests: "tests in a browser",
    remedy: "apt install chromium, or set CHROMIUM=/path/to/chromium",
};
/// The program `redis-server`.
pub const REDIS: Requirement = Requirement {
    name: "Redis",
    tests: "several machines with Redis",
    remedy: "apt install redis-server",
};
/// `PgBouncer`.
pub const PGBOUNCER: Requirement =
    Requirement { name: "PgBouncer", tests: "poolers", remedy: "apt install pgbouncer" };
/// The program `cc`.
pub const C_COMPILER: Requirement =
    Requirement { name: "a C compiler", tests: "failing disks", remedy: "apt install gcc" };
/// The program `curl`.
pub const CURL: Requirement =
    Requirement { name: "curl", tests: "commands of the documents", remedy: "apt install curl" };
/// The program `python3`.
pub const PYTHON: Requirement = Requirement {
    name: "Python",
    tests: "a client that reads no early response",
    remedy: "apt install python3",
};
/// Linux, which has `/proc` and all addresses below 127.0.0.0/8.
pub const LINUX: Requirement = Requirement {
    name: "Linux",
    tests: "memory of the process, connections from a second address",
    remedy: "run the tests on Linux",
};

/// Records that the running test is skipped, as `missing` is not there.
///
/// # Panics
/// With `TEST_SKIPS=forbid`, which continuous integration sets.
pub fn skip(missing: Requirement) {
    let is_forbidden = env::var_os("TEST_SKIPS").is_some_and(|word| word == "forbid");
    let Requirement { name, remedy, .. } = missing;
    assert!(!is_forbidden, "{name} is missing, and TEST_SKIPS forbids skips; to get it: {remedy}");
    announce(missing);
    let recorded = Skips::of_this_run().and_then(|skips| skips.add(missing));
    if let Err(error) = recorded {
        panic!("a skip cannot be recorded: {error}");
    }
}

/// Writes each requirement once to standard error, past the capture of libtest: a run of one
/// package has no table.
fn announce(missing: Requirement) {
    static ANNOUNCED: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());
    let mut announced = ANNOUNCED.lock().unwrap_or_else(PoisonError::into_inner);
    let Requirement { name, tests, .. } = missing;
    if announced.insert(name) {
        _ = writeln!(io::stderr(), "SKIPPED: {tests}; {name} is missing");
    }
}

/// The skips of one run.
#[derive(Debug)]
pub struct Skips(PathBuf);

impl Skips {
    /// Those of the run to which this process belongs.
    ///
    /// # Errors
    /// If the system does not tell where this program is.
    pub fn of_this_run() -> io::Result<Self> {
        // target/debug/deps/sqlite-0123456789abcdef
        let program = env::current_exe()?;
        let folder = program.ancestors().nth(2).unwrap_or(&program);
        Ok(Self(folder.join("skips").join(run())))
    }

    fn add(&self, missing: Requirement) -> io::Result<()> {
        let Self(file) = self;
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let Requirement { name, tests, remedy } = missing;
        let line = format!("{name}\t{tests}\t{remedy}\n");
        // One write: lines of two processes do not mix.
        OpenOptions::new().create(true).append(true).open(file)?.write_all(line.as_bytes())
    }

    /// The table, and forgets the skips. `None` if no test was skipped.
    ///
    /// # Errors
    /// If the record cannot be read or removed.
    pub fn table(&self) -> io::Result<Option<String>> {
        let Self(file) = self;
        let lines = match fs::read_to_string(file) {
            Ok(lines) => lines,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        fs::remove_file(file)?;
        let rows: BTreeSet<_> = lines.lines().collect();
        let rows = rows.into_iter().filter_map(|row| {
            let mut cells = row.split('\t');
            Some([cells.next()?, cells.next()?, cells.next()?])
        });
        let rows: Vec<_> =
            [["missing", "skipped tests", "how to get it"]].into_iter().chain(rows).collect();
        let width = |column: usize| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.len()).max().unwrap_or(0)
        };
        let (first, second) = (width(0), width(1));
        let mut table = "\nSKIPPED: this machine lacks what some tests need.\n\n".to_owned();
        for [name, tests, remedy] in rows {
            _ = writeln!(table, "  {name:first$}  {tests:second$}  {remedy}");
        }
        Ok(Some(table))
    }
}

/// The name of this run.
fn run() -> String {
    if let Some(run) = env::var_os("TEST_RUN") {
        return run.to_string_lossy().into_owned();
    }
    let parent = parent_id();
    // Systems give numbers of processes again: the time at which it started, where Linux
    // says it, makes the name unique.
    let stat = fs::read_to_string(format!("/proc/{parent}/stat")).unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    format!("{parent}-{}", after_name.split_whitespace().nth(19).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_row_for_each_requirement_and_each_run() {
        let folder = tempfile::tempdir().unwrap();
        let run = |name: &str| Skips(folder.path().join("skips").join(name));
        for missing in [REDIS, CHROMIUM, REDIS] {
            run("this").add(missing).unwrap();
        }
        run("other").add(POSTGRES).unwrap();

        let table = run("this").table().unwrap().unwrap();
        let rows: Vec<_> =
            table.lines().skip(3).map(|row| row.split_once("  ").unwrap().1).collect();
        assert_eq!(
            rows,
            [
                "missing   skipped tests                how to get it",
                "Chromium  tests in a browser           apt install chromium, or set CHROMIUM=/path/to/chromium",
                "Redis     several machines with Redis  apt install redis-server",
            ]
        );
        assert_eq!(run("this").table().unwrap(), None);
    }

    #[test]
    fn the_processes_of_one_parent_are_one_run() {
        assert_eq!(run(), run());
        assert!(run().starts_with(&parent_id().to_string()) || env::var_os("TEST_RUN").is_some());
    }
}
