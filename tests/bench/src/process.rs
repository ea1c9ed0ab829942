//! Server processes and other programs, each bound to a core and ended with this program.

use std::{
    fs::{self, File},
    io::{self, Read},
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::http::{Request, send};

const PAUSE: Duration = Duration::from_millis(50);
const START: Duration = Duration::from_mins(2);
/// Linux counts CPU time in hundredths of a second on every machine.
const TICKS_PER_SECOND: f64 = 100.0;

/// Returns a command bound to one core, which ends with this program.
pub(crate) fn pinned(core: u8, program: impl AsRef<Path>) -> Command {
    within(core, &[], program)
}

/// Returns such a command, run by the program and words in `around`.
pub(crate) fn within(core: u8, around: &[String], program: impl AsRef<Path>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "taskset", "--cpu-list"]).arg(core.to_string());
    command.args(around).arg(program.as_ref()).stdin(Stdio::null());
    command
}

/// Returns a free port.
pub(crate) fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// A process that is killed when dropped.
#[derive(Debug)]
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // The process may have ended already; other errors cannot be handled here.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs a program until it ends, and returns its output.
pub(crate) fn finish(mut command: Command, limit: Duration) -> io::Result<String> {
    let mut running = Running(command.stdout(Stdio::piped()).spawn()?);
    let mut pipe = running.0.stdout.take().ok_or_else(|| io::Error::other("no pipe"))?;
    let reader = thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).map(|_| text)
    });
    let start = Instant::now();
    let status = loop {
        match running.0.try_wait()? {
            Some(status) => break status,
            None if start.elapsed() > limit => {
                return Err(io::Error::other(format!("took over {limit:?}: {command:?}")));
            }
            None => thread::sleep(PAUSE),
        }
    };
    let text = reader.join().map_err(|_| io::Error::other("the reader panicked"))??;
    if status.success() {
        return Ok(text);
    }
    Err(io::Error::other(format!("{status}: {command:?}\n{text}")))
}

/// A running server, stopped when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    running: Running,
    pub(crate) port: u16,
    proc: PathBuf,
}

/// The resident memory in MiB.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Memory {
    pub(crate) now: f64,
    pub(crate) peak: f64,
}

impl Server {
    /// Starts a server on `port`, and waits until it responds to `probe`.
    pub(crate) fn start(
        mut command: Command,
        port: u16,
        probe: &Request,
        log: &Path,
    ) -> io::Result<Self> {
        let file = File::create(log)?;
        command.stdout(file.try_clone()?).stderr(file);
        let child = command.spawn()?;
        let proc = Path::new("/proc").join(child.id().to_string());
        let mut server = Self { running: Running(child), port, proc };
        let start = Instant::now();
        while !send(port, probe).is_ok_and(|answer| answer.status == 200) {
            if server.running.0.try_wait()?.is_some() || start.elapsed() > START {
                return Err(io::Error::other(format!("does not answer: {command:?}")));
            }
            thread::sleep(PAUSE);
        }
        Ok(server)
    }

    /// Returns the process id.
    pub(crate) fn id(&self) -> u32 {
        self.running.0.id()
    }

    /// Returns the CPU time in seconds, kernel time included.
    pub(crate) fn cpu_seconds(&self) -> io::Result<f64> {
        let stat = fs::read_to_string(self.proc.join("stat"))?;
        ticks(&stat).map(|ticks| ticks / TICKS_PER_SECOND).ok_or_else(unreadable)
    }

    pub(crate) fn memory(&self) -> io::Result<Memory> {
        let status = fs::read_to_string(self.proc.join("status"))?;
        let now = mebibytes(&status, "VmRSS:").ok_or_else(unreadable)?;
        let peak = mebibytes(&status, "VmHWM:").ok_or_else(unreadable)?;
        Ok(Memory { now, peak })
    }

    /// Resets the peak to the currently resident memory.
    pub(crate) fn forget_peak(&self) -> io::Result<()> {
        fs::write(self.proc.join("clear_refs"), "5")
    }
}

fn unreadable() -> io::Error {
    io::Error::other("/proc has another form than expected")
}

/// Reads utime and stime; the name before them may contain spaces. Source: proc(5).
fn ticks(stat: &str) -> Option<f64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

fn mebibytes(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_and_memory_are_read_from_proc() {
        let stat = "42 (a (b) c) S 1 42 42 0 -1 4194304 900 0 3 0 250 50 0 0 20 0 3";
        assert_eq!(ticks(stat), Some(300.0));
        let status = "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n";
        assert_eq!(mebibytes(status, "VmHWM:"), Some(2.0));
        assert_eq!(mebibytes(status, "VmRSS:"), Some(1.0));
    }

    #[test]
    fn a_program_that_takes_too_long_is_stopped() {
        let mut sleep = Command::new("sleep");
        sleep.arg("60");
        let error = finish(sleep, Duration::from_millis(100)).unwrap_err();
        assert!(error.to_string().contains("took over 100ms"), "{error}");
    }
}
