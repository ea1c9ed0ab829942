//! A pooler (`PgBouncer`) before the test's database.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    os::unix::fs::MetadataExt,
    path::PathBuf,
    process::Command,
};

use url::Url;

use super::{Process, TestDatabase, eventually, skip};

/// Where Debian has it, which is on no user's path.
const PROGRAM: &str = "/usr/sbin/pgbouncer";

/// Ends when dropped.
pub(crate) struct Pooler {
    _process: Process,
    url: String,
}

impl Pooler {
    /// With few connections to the server. None where there is no `PgBouncer`: see [`skip`].
    pub(crate) async fn start(database: &TestDatabase, mode: &str) -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let file = settings(database, mode, port);
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

    /// Its URL of the test's database.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

fn settings(database: &TestDatabase, mode: &str, port: u16) -> PathBuf {
    let server = Url::parse(database.url()).unwrap();
    let (host, user) = (server.host_str().unwrap(), server.username());
    let password = server.password().map(|word| format!("password={word}")).unwrap_or_default();
    // It runs as nobody where root starts it, and as whoever else does.
    let is_root = fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    let user_to_be = if is_root { "user = nobody" } else { "" };
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
         {user_to_be}\n",
        server.port().unwrap_or(5432),
    );
    let file = database.folder().join(format!("pgbouncer-{port}.ini"));
    fs::write(&file, text).unwrap();
    file
}
