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

/// The time limit of [`eventually`]: long, as test machines may be busy.
const TIME_LIMIT: Duration = Duration::from_mins(4);

/// Polls until `poll` returns a value, and panics after 4 minutes.
pub(crate) async fn eventually<T>(event: &str, poll: impl AsyncFnMut() -> Option<T>) -> T {
    eventually_within(TIME_LIMIT, event, poll).await
}

/// As [`eventually`], with another time limit.
async fn eventually_within<T>(
    limit: Duration,
    event: &str,
    mut poll: impl AsyncFnMut() -> Option<T>,
) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = poll().await {
            return value;
        }
        assert!(start.elapsed() < limit, "{event}: not within {limit:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Returns the root folder of the repository.
pub(crate) fn repository_root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Returns the path of the binary `bookplate`, after building it. Cargo itself builds binaries only
/// for tests of the same package.
pub(crate) fn bookplate_binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        // target/debug/deps/sqlite-0123456789abcdef
        let folder = env::current_exe().unwrap().ancestors().nth(2).unwrap().to_owned();
        // nextest runs each test in a process of its own; the first process of a run builds.
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

/// Builds the workspace with the profile of `folder`, which is `target/{profile}`.
fn build(folder: &Path) {
    let profile = match folder.file_name().unwrap().to_str().unwrap() {
        "debug" => "dev",
        name => name,
    };
    let mut cargo = Command::new(env!("CARGO"));
    // The whole workspace, as the tests were built: for the binary alone, Cargo would choose other
    // features of the dependencies, and compile them again.
    cargo.args(["build", "--quiet", "--workspace", "--all-targets"]);
    cargo.args(["--profile", profile, "--target-dir"]).arg(folder.parent().unwrap());
    // ring's build script reads Cargo's variables about the current package. Inherited from this
    // test, they would make Cargo build ring and its dependents again.
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(&*name);
        }
    }
    let build = cargo.current_dir(repository_root()).output().unwrap();
    let stderr = String::from_utf8_lossy(&build.stderr);
    assert!(build.status.success(), "the binary cannot be built:\n{stderr}");
}

/// Returns the command that runs the binary in `folder` with exactly these arguments and
/// environment variables.
pub(crate) fn bookplate_command(
    folder: &Path,
    arguments: &[&str],
    settings: &[(&str, &str)],
) -> Command {
    let mut command = Command::new(bookplate_binary());
    command.env_clear().envs(settings.iter().copied()).args(arguments).current_dir(folder);
    command
}

/// A child process with its captured output, killed when dropped.
pub(crate) struct Process {
    child: Child,
    stdout: CapturedPipe,
    stderr: CapturedPipe,
}

/// The exit status and output of an ended process.
#[derive(Debug)]
pub(crate) struct ProcessOutput {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Process {
    /// Starts a process, and captures both outputs.
    pub(crate) fn spawn(command: Command) -> Self {
        Self::spawn_with_stderr(command, Stdio::piped())
    }

    /// Starts a process whose standard error is `stderr`, captured only if it is a pipe.
    pub(crate) fn spawn_with_stderr(mut command: Command, stderr: Stdio) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(stderr);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stdout = CapturedPipe::from(child.stdout.take().unwrap());
        let stderr: Box<dyn Read + Send> = match child.stderr.take() {
            Some(pipe) => Box::new(pipe),
            None => Box::new(io::empty()),
        };
        let stderr = CapturedPipe::from(stderr);
        Self { child, stdout, stderr }
    }

    /// Returns the standard output so far.
    pub(crate) fn stdout(&self) -> String {
        self.stdout.text()
    }

    /// Returns the standard error so far: logs and error messages.
    pub(crate) fn stderr(&self) -> String {
        self.stderr.text()
    }

    /// Returns the process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns the memory of the process in bytes: now (`VmRSS`) or its maximum (`VmHWM`). `None` on
    /// systems without `/proc`.
    pub(crate) fn memory(&self, field: &str) -> Option<usize> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
        Some(line.trim().strip_suffix(" kB")?.parse::<usize>().ok()? * 1024)
    }

    /// Returns whether the process has not ended.
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Sends a signal, for example `TERM`.
    pub(crate) fn send_signal(&self, name: &str) {
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.id())]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits until the process ends.
    pub(crate) async fn wait(self) -> ProcessOutput {
        self.wait_for(TIME_LIMIT).await
    }

    /// Waits until the process ends, and panics after `limit`.
    pub(crate) async fn wait_for(mut self, limit: Duration) -> ProcessOutput {
        let end = async || self.child.try_wait().unwrap();
        let status = eventually_within(limit, "the end of a process", end).await;
        ProcessOutput {
            status,
            stdout: self.stdout.read_to_end(),
            stderr: self.stderr.read_to_end(),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The process may have ended already.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

impl ProcessOutput {
    /// Returns the exit code, or `None` if a signal ended the process.
    pub(crate) fn exit_code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Asserts exit code 0, and returns the standard output.
    pub(crate) fn expect_success(self) -> String {
        assert_eq!(self.exit_code(), Some(0), "{}", self.stderr);
        self.stdout
    }

    /// Asserts exit code 1, and returns the standard error.
    pub(crate) fn expect_failure(self) -> String {
        assert_eq!(self.exit_code(), Some(1), "{}{}", self.stdout, self.stderr);
        self.stderr
    }
}

/// The text of a pipe, which a thread reads.
struct CapturedPipe {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl CapturedPipe {
    fn from(mut pipe: impl Read + Send + 'static) -> Self {
        let bytes = Arc::<Mutex<Vec<u8>>>::default();
        let shared = Arc::clone(&bytes);
        let reader = thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = pipe.read(&mut buffer) {
                shared.lock().unwrap().extend_from_slice(&buffer[..length]);
            }
        });
        Self { bytes, reader: Some(reader) }
    }

    /// Returns the text read so far.
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap()).into_owned()
    }

    /// Waits until the pipe is closed, and returns its whole text.
    fn read_to_end(&mut self) -> String {
        self.reader.take().unwrap().join().unwrap();
        self.text()
    }
}

/// Runs the binary until it ends.
pub(crate) async fn run_bookplate(
    folder: &Path,
    arguments: &[&str],
    settings: &[(&str, &str)],
) -> ProcessOutput {
    Process::spawn(bookplate_command(folder, arguments, settings)).wait().await
}

impl TestDatabase {
    /// Creates a database with all tables.
    pub(crate) async fn migrated() -> Self {
        let database = Self::create().await;
        database.bookplate(&["migrate", "up"]).await.expect_success();
        database
    }

    /// Runs a command of the binary on this database.
    pub(crate) async fn bookplate(&self, arguments: &[&str]) -> ProcessOutput {
        self.bookplate_with(arguments, &[]).await
    }

    /// Runs a command of the binary on this database with additional environment variables.
    pub(crate) async fn bookplate_with(
        &self,
        arguments: &[&str],
        settings: &[(&str, &str)],
    ) -> ProcessOutput {
        let settings = [&[("DATABASE_URL", self.url())], settings].concat();
        run_bookplate(&self.folder(), arguments, &settings).await
    }
}
