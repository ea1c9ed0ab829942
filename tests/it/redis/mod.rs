//! Sessions, mailed links and limits in Redis, shared by several machines.

mod clock;
mod epoch;
mod full;
mod limits;
mod links;
mod node;
mod outage;
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

/// A Redis server of the test's own, which keeps nothing.
pub(super) struct Redis {
    process: Option<Process>,
    port: u16,
    folder: TempDir,
}

impl Redis {
    /// None where there is no Redis: see [`skip`].
    pub(super) async fn start() -> Option<Self> {
        let mut redis = Self::stopped()?;
        redis.run().await;
        Some(redis)
    }

    /// Where one will be.
    fn stopped() -> Option<Self> {
        if Command::new("redis-server").arg("--version").output().is_err() {
            skip(skips::REDIS);
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Some(Self { process: None, port, folder: tempfile::tempdir().unwrap() })
    }

    /// Starts it, empty or as a snapshot says.
    pub(super) async fn run(&mut self) {
        let mut command = Command::new("redis-server");
        command.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1"]);
        command.args(["--save", "", "--appendonly", "no", "--dir"]).arg(self.folder.path());
        self.process = Some(Process::spawn(command));
        eventually("a started Redis", async || self.connect().ok()).await;
    }

    pub(super) fn kill(&mut self) {
        self.process = None;
    }

    fn signal(&self, name: &str) {
        self.process.as_ref().unwrap().send_signal(name);
    }

    pub(super) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    fn connect(&self) -> redis::RedisResult<Connection> {
        redis::Client::open(self.url())?.get_connection()
    }

    /// Runs a command behind the servers' backs; keys have better-auth's prefix.
    pub(super) fn ask<T: FromRedisValue>(&self, command: &str, arguments: &[&str]) -> T {
        redis::cmd(command).arg(arguments).query(&mut self.connect().unwrap()).unwrap()
    }

    fn text(&self, key: &str) -> Option<String> {
        self.ask("GET", &[&format!("better-auth:{key}")])
    }

    fn json(&self, key: &str) -> Value {
        serde_json::from_str(&self.text(key).unwrap()).unwrap()
    }

    fn seconds(&self, key: &str) -> i64 {
        self.ask("TTL", &[&format!("better-auth:{key}")])
    }

    /// The rest of every key that begins so.
    fn keys(&self, start: &str) -> Vec<String> {
        let start = format!("better-auth:{start}");
        let keys: Vec<String> = self.ask("KEYS", &[&format!("{start}*")]);
        keys.iter().map(|key| key.strip_prefix(&start).unwrap().to_owned()).collect()
    }
}

/// A Bookplate with Redis.
struct Shared {
    app: TestApp,
    redis: Redis,
    flags: Vec<String>,
}

impl Shared {
    async fn start() -> Option<Self> {
        Self::start_with(&[]).await
    }

    /// Under further settings, as flags.
    async fn start_with(flags: &[&str]) -> Option<Self> {
        Some(Self::on(Redis::start().await?, flags).await)
    }

    async fn on(redis: Redis, flags: &[&str]) -> Self {
        let url = redis.url();
        let flags = [&["--redis-url", &*url], flags].concat();
        let app = TestApp::start_with(&flags).await;
        Self { app, redis, flags: flags.into_iter().map(str::to_owned).collect() }
    }

    /// Another machine on the same database and Redis.
    async fn another(&self) -> App {
        let flags: Vec<_> = self.flags.iter().map(String::as_str).collect();
        let config = Config::new(cli(&self.app.database, &flags).settings).unwrap();
        App::open(&config, self.app.clock.clone(), AbilityFactory::default(), 3000, true)
            .await
            .unwrap()
            .0
    }
}

/// The same browser, at another machine.
fn at(app: &App, client: &Client) -> Client {
    let there = Client::new(app.router());
    client.cookies().clone_into(&mut there.cookies());
    there
}

/// The token of the session that a browser has.
async fn token(client: &Client) -> String {
    let session = client.get("/api/auth/get-session").await.json();
    session["session"]["token"].as_str().unwrap().to_owned()
}

/// Runs everything at once, each as a task of its own.
async fn at_once<T: Send + 'static>(
    work: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let tasks: Vec<_> = work.into_iter().map(tokio::spawn).collect();
    let mut done = Vec::new();
    for task in tasks {
        done.push(task.await.unwrap());
    }
    done
}
