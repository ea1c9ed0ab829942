//! A connection pooler (`PgBouncer`) between the server and the test's database.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    os::unix::fs::MetadataExt,
    path::PathBuf,
    process::Command,
};

use url::Url;

use super::{Process, TestDatabase, eventually, skip};

/// The program's path on Debian, which is outside the `PATH` of users.
const PROGRAM: &str = "/usr/sbin/pgbouncer";

/// A running `PgBouncer`, ended when dropped.
pub(crate) struct PgBouncer {
    _process: Process,
    url: String,
}

impl PgBouncer {
    /// Starts a pooler with 4 connections to the server. Skips the test and returns `None` if
    /// `PgBouncer` is not installed.
    pub(crate) async fn start(database: &TestDatabase, mode: &str) -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let file = write_config(database, mode, port);
        let mut command = Command::new(PROGRAM);
        if command.arg("--version").output().is_err() {
            skip(skips::PGBOUNCER);
            return None;
        }
        let mut command = Command::new(PROGRAM);
        command.arg("--quiet").arg(file);
        let process = Process::spawn(command);
        eventually("a started PgBouncer", async || TcpStream::connect(("127.0.0.1", port)).ok())
            .await;
        let url = database.url_with(|url| {
            url.set_host(Some("127.0.0.1")).unwrap();
            url.set_port(Some(port)).unwrap();
        });
        Some(Self { _process: process, url })
    }

    /// Returns the URL of the test's database through the pooler.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

/// Writes the configuration file, and returns its path.
fn write_config(database: &TestDatabase, mode: &str, port: u16) -> PathBuf {
    let server = Url::parse(database.url()).unwrap();
    let (host, user) = (server.host_str().unwrap(), server.username());
    let password =
        server.password().map(|password| format!("password={password}")).unwrap_or_default();
    // PgBouncer refuses to run as root, so it changes to the user `nobody`.
    let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    let user_setting = if is_root { "user = nobody" } else { "" };
    let text = format!(
        "[databases]\n\
         * = host={host} port={} user={user} {password}\n\
         [pgbouncer]\n\
         listen_addr = 127.0.0.1\n\
         listen_port = {port}\n\
         unix_socket_dir =\n\
         auth_type = any\n\
         pool_mode = {mode}\n\
         default_pool_size = 4\n\
         {user_setting}\n",
        server.port().unwrap_or(5432),
    );
    let file = database.folder().join(format!("pgbouncer-{port}.ini"));
    fs::write(&file, text).unwrap();
    file
}
