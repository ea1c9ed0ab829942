//! The binary `bookplate`, run as its users run it.

use std::{
    env,
    ffi::OsString,
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, OnceLock},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::TestDatabase;

/// How long anything may take that happens at once on a machine with nothing else to do.
const PATIENCE: Duration = Duration::from_mins(4);

/// Asks until there is an answer, but not for ever.
pub(crate) async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Where the repository is.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Where the binary is. Cargo builds it first, as it does so only for tests of the
/// same package; that is no work when it is fresh.
pub(crate) fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        // target/debug/deps/sqlite-0123456789abcdef
        let folder = env::current_exe().unwrap().ancestors().nth(2).unwrap().to_owned();
        // Under nextest each test is a process; one of each run is enough to build.
        let stamp = folder.join(".bookplate-built-by");
        let run = env::var_os("NEXTEST_RUN_ID").map(OsString::into_encoded_bytes);
        if run.is_none() || fs::read(&stamp).ok() != run {
            build(&folder);
            if let Some(id) = run {
                fs::write(&stamp, id).unwrap();
            }
        }
        folder.join("bookplate")
    })
}

fn build(folder: &Path) {
    let profile = match folder.file_name().unwrap().to_str().unwrap() {
        "debug" => "dev",
        name => name,
    };
    let mut cargo = Command::new(env!("CARGO"));
    // All of it, as the tests were built: for the binary alone Cargo would choose other
    // features of the dependencies, and compile them again.
    cargo.args(["build", "--quiet", "--workspace", "--all-targets"]);
    cargo.args(["--profile", profile, "--target-dir"]).arg(folder.parent().unwrap());
    // What Cargo told this test about its package would make ring's build script,
    // which looks there, and all that depends on it run again.
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(&*name);
        }
    }
    let built = cargo.current_dir(repository()).output().unwrap();
    let complaints = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "the binary cannot be built:\n{complaints}");
}

/// The binary with these arguments and settings and no others, in `folder`.
pub(crate) fn bookplate(folder: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(binary());
    command.env_clear().envs(settings.iter().copied()).args(arguments).current_dir(folder);
    command
}

/// A process that is killed when dropped, and what it printed.
pub(crate) struct Process {
    child: Child,
    stdout: Printed,
    stderr: Printed,
}

/// How a process ended, and everything it printed.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Process {
    pub(crate) fn spawn(command: Command) -> Self {
        Self::spawn_complaining_to(command, Stdio::piped())
    }

    /// One whose standard error is `complaints`, of which nothing is known when it is no
    /// pipe.
    pub(crate) fn spawn_complaining_to(mut command: Command, complaints: Stdio) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(complaints);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stdout = Printed::from(child.stdout.take().unwrap());
        let stderr: Box<dyn Read + Send> = match child.stderr.take() {
            Some(pipe) => Box::new(pipe),
            None => Box::new(io::empty()),
        };
        let stderr = Printed::from(stderr);
        Self { child, stdout, stderr }
    }

    /// What it printed so far.
    pub(crate) fn stdout(&self) -> String {
        self.stdout.text()
    }

    /// What it printed so far, logs and complaints.
    pub(crate) fn stderr(&self) -> String {
        self.stderr.text()
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Bytes of memory: those it has (`VmRSS`), or had at most (`VmHWM`); none where the
    /// system does not tell.
    pub(crate) fn memory(&self, which: &str) -> Option<usize> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(which)?.strip_prefix(':'))?;
        Some(line.trim().strip_suffix(" kB")?.parse::<usize>().ok()? * 1024)
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Sends a signal, e.g. `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.id())]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for its end.
    pub(crate) async fn end(mut self) -> Ended {
        let status =
            eventually("the end of a process", async || self.child.try_wait().unwrap()).await;
        Ended { status, stdout: self.stdout.rest(), stderr: self.stderr.rest() }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended on its own.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

impl Ended {
    pub(crate) fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// What a command printed that went well.
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code(), Some(0), "{}", self.stderr);
        self.stdout
    }

    /// The complaint of a command that failed: the status is 1.
    pub(crate) fn failure(self) -> String {
        assert_eq!(self.code(), Some(1), "{}{}", self.stdout, self.stderr);
        self.stderr
    }
}

/// A pipe's text, read by a thread of its own.
struct Printed {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Printed {
    fn from(mut pipe: impl Read + Send + 'static) -> Self {
        let bytes = Arc::<Mutex<Vec<u8>>>::default();
        let read = Arc::clone(&bytes);
        let reader = thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = pipe.read(&mut buffer) {
                read.lock().unwrap().extend_from_slice(&buffer[..length]);
            }
        });
        Self { bytes, reader: Some(reader) }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap()).into_owned()
    }

    /// Everything, once the pipe is closed.
    fn rest(&mut self) -> String {
        self.reader.take().unwrap().join().unwrap();
        self.text()
    }
}

/// Runs the binary to its end.
pub(crate) async fn run(folder: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> Ended {
    Process::spawn(bookplate(folder, arguments, settings)).end().await
}

impl TestDatabase {
    /// Runs a command of the binary on this database.
    pub(crate) async fn bookplate(&self, arguments: &[&str]) -> Ended {
        self.bookplate_with(arguments, &[]).await
    }

    /// Runs a command of the binary on this database, under further settings.
    pub(crate) async fn bookplate_with(
        &self,
        arguments: &[&str],
        settings: &[(&str, &str)],
    ) -> Ended {
        let settings = [&[("DATABASE_URL", self.url())], settings].concat();
        run(&self.folder(), arguments, &settings).await
    }
}
