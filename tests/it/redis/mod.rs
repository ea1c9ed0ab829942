//! Sessions, mailed links and limits in Redis, shared by several nodes.

mod clock;
mod epoch;
mod full;
mod limits;
mod links;
mod mailed_secrets;
mod node;
mod outage;
mod second_factor;
mod session_limit;
mod sessions;
mod snapshot;

use std::{net::TcpListener, process::Command};

use domain::AbilityFactory;
use redis::{Connection, FromRedisValue};
use serde_json::Value;
use server::{App, Config};
use tempfile::TempDir;

use super::support::{Client, Process, TestApp, cli, eventually, skip};

/// A Redis server of the test without persistence.
pub(super) struct Redis {
    process: Option<Process>,
    port: u16,
    folder: TempDir,
}

impl Redis {
    /// Starts a server. Skips the test and returns `None` without Redis.
    pub(super) async fn start() -> Option<Self> {
        let mut redis = Self::stopped()?;
        redis.run().await;
        Some(redis)
    }

    /// Chooses a port without starting a server.
    fn stopped() -> Option<Self> {
        if Command::new("redis-server").arg("--version").output().is_err() {
            skip(skips::REDIS);
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Some(Self { process: None, port, folder: tempfile::tempdir().unwrap() })
    }

    /// Starts the server, empty or with a snapshot.
    pub(super) async fn run(&mut self) {
        let mut command = Command::new("redis-server");
        command.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1"]);
        command.args(["--save", "", "--appendonly", "no", "--dir"]).arg(self.folder.path());
        self.process = Some(Process::spawn(command));
        eventually("a started Redis", async || self.connect().ok()).await;
    }

    /// Kills the server.
    pub(super) fn kill(&mut self) {
        self.process = None;
    }

    /// Sends a signal to the server.
    fn signal(&self, name: &str) {
        self.process.as_ref().unwrap().send_signal(name);
    }

    /// Returns the server's URL.
    pub(super) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Opens a connection.
    fn connect(&self) -> redis::RedisResult<Connection> {
        redis::Client::open(self.url())?.get_connection()
    }

    /// Runs a command outside of Bookplate. Keys get better-auth's prefix.
    pub(super) fn run_command<T: FromRedisValue>(&self, command: &str, arguments: &[&str]) -> T {
        redis::cmd(command).arg(arguments).query(&mut self.connect().unwrap()).unwrap()
    }

    /// Returns the value of a key.
    fn text(&self, key: &str) -> Option<String> {
        self.run_command("GET", &[&format!("better-auth:{key}")])
    }

    /// Returns the JSON value of a key.
    fn json(&self, key: &str) -> Value {
        serde_json::from_str(&self.text(key).unwrap()).unwrap()
    }

    /// Returns the remaining seconds of a key.
    fn seconds(&self, key: &str) -> i64 {
        self.run_command("TTL", &[&format!("better-auth:{key}")])
    }

    /// Returns the rest of every key with a prefix.
    fn keys(&self, start: &str) -> Vec<String> {
        let start = format!("better-auth:{start}");
        let keys: Vec<String> = self.run_command("KEYS", &[&format!("{start}*")]);
        keys.iter().map(|key| key.strip_prefix(&start).unwrap().to_owned()).collect()
    }
}

/// An application with Redis.
struct Shared {
    app: TestApp,
    redis: Redis,
    flags: Vec<String>,
}

impl Shared {
    /// Starts an application with Redis.
    async fn start() -> Option<Self> {
        Self::start_with(&[]).await
    }

    /// Starts an application with additional flags.
    async fn start_with(flags: &[&str]) -> Option<Self> {
        Some(Self::open_with(Redis::start().await?, flags).await)
    }

    /// Opens an application on a Redis server with additional flags.
    async fn open_with(redis: Redis, flags: &[&str]) -> Self {
        let url = redis.url();
        let flags = [&["--redis-url", &*url], flags].concat();
        let app = TestApp::start_with(&flags).await;
        Self { app, redis, flags: flags.into_iter().map(str::to_owned).collect() }
    }

    /// Opens another node on the same database and Redis.
    async fn open_another(&self) -> App {
        let flags: Vec<_> = self.flags.iter().map(String::as_str).collect();
        let config = Config::new(cli(&self.app.database, &flags).settings).unwrap();
        App::open(&config, self.app.clock.clone(), AbilityFactory::default(), 3000, true)
            .await
            .unwrap()
            .0
    }
}

/// Returns a client of another node with the same cookies.
fn at_node(app: &App, client: &Client) -> Client {
    let copy = Client::new(app.router());
    client.cookies().clone_into(&mut copy.cookies());
    copy
}

/// Returns the token of a client's session.
async fn token(client: &Client) -> String {
    let session = client.get("/api/auth/get-session").await.json();
    session["session"]["token"].as_str().unwrap().to_owned()
}

/// Runs several requests concurrently.
async fn run_concurrently<T: Send + 'static>(
    work: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let tasks: Vec<_> = work.into_iter().map(tokio::spawn).collect();
    let mut done = Vec::new();
    for task in tasks {
        done.push(task.await.unwrap());
    }
    done
}
