//! How many instructions of a processor one request takes, in user space.
//!
//! A server runs within valgrind's callgrind, some fifty times slower. The figure
//! hardly changes with what else runs on the machine, so that builds can be compared
//! where time cannot.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::{
    cases::Case,
    http::send_many,
    process::{Server, finish},
    servers::HOST,
};

/// Fills caches and makes connections.
const WARM_UP: u32 = 50;
const COUNTED: u32 = 200;
const WAIT: Duration = Duration::from_mins(2);

/// Where callgrind writes, and what it adds to each name.
fn out_file(folder: &Path) -> PathBuf {
    folder.join("callgrind.out")
}

/// What stands before a server's program and words.
pub(crate) fn callgrind(folder: &Path) -> Vec<String> {
    let out = format!("--callgrind-out-file={}", out_file(folder).display());
    ["valgrind", "--tool=callgrind", "--quiet", &out].map(str::to_owned).to_vec()
}

/// Instructions for each of the case's requests, one connection, one at a time.
pub(crate) fn count(case: &Case, server: &Server, folder: &Path) -> io::Result<f64> {
    send_many(server.port, &case.requests, WARM_UP)?;
    let folder = folder.to_owned();
    let dumps = || -> io::Result<Vec<PathBuf>> {
        let name = |path: &PathBuf| path.to_string_lossy().contains("callgrind.out.");
        let paths = fs::read_dir(&folder)?.map(|entry| Ok(entry?.path()));
        Ok(paths.collect::<io::Result<Vec<_>>>()?.into_iter().filter(name).collect())
    };
    control("--zero", server)?;
    for old in dumps()? {
        fs::remove_file(old)?;
    }
    send_many(server.port, &case.requests, COUNTED)?;
    control("--dump", server)?;
    let dump = dumps()?.pop().ok_or_else(|| io::Error::other("callgrind wrote nothing"))?;
    let total = total(&fs::read_to_string(dump)?);
    let total = total.ok_or_else(|| io::Error::other("callgrind's file has no totals"))?;
    Ok(total / f64::from(COUNTED))
}

fn control(word: &str, server: &Server) -> io::Result<()> {
    let mut command = Command::new("callgrind_control");
    command.arg(word).arg(server.id().to_string());
    // Valgrind names its pipes after these, as the servers have them.
    command.env("HOST", HOST).env_remove("USER").env_remove("LOGNAME");
    finish(command, WAIT).map(drop)
}

fn total(dump: &str) -> Option<f64> {
    dump.lines().find_map(|line| line.strip_prefix("totals:"))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_read_from_the_end_of_a_dump() {
        assert_eq!(total("version: 1\nfn=(1) main\n1 5\ntotals: 1200\n"), Some(1_200.0));
        assert_eq!(total("version: 1\n"), None);
    }
}
