//! Instructions per request in user space.
//!
//! The server runs under valgrind's callgrind, about fifty times slower. The result hardly depends
//! on other load, so builds can be compared where times cannot.

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

/// Requests that fill caches and open connections.
const WARM_UP: u32 = 50;
const COUNTED: u32 = 200;
const WAIT: Duration = Duration::from_mins(2);

/// Returns the output file of callgrind, to whose name it adds a number.
fn out_file(folder: &Path) -> PathBuf {
    folder.join("callgrind.out")
}

/// Returns the words of the command before the server's program.
pub(crate) fn callgrind(folder: &Path) -> Vec<String> {
    let out = format!("--callgrind-out-file={}", out_file(folder).display());
    ["valgrind", "--tool=callgrind", "--quiet", &out].map(str::to_owned).to_vec()
}

/// Returns the instructions per request of a case, sent one at a time over one connection.
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
    // Valgrind names its pipes by these variables, as the server process has them.
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
