//! The connection to Redis, which several machines share.
//!
//! Redis that is away or does not answer is [`Error::Busy`], and soon: nobody waits
//! longer than `PATIENCE`, and while it hangs only one in `REST` asks. The next
//! question connects again; nothing has to be restarted.

mod info;

use std::{fmt, io, str::FromStr, sync::Arc};

use database::url::server_url;
use domain::{Error, Result};
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionInfo, FromRedisValue, RedisError, RedisResult,
    aio::MultiplexedConnection,
};
use tokio::{
    sync::Mutex,
    time::{Duration, Instant, timeout},
};

pub use self::info::{RedisFailure, RedisInfo};

/// How long connecting may take, TLS included.
const CONNECT: Duration = Duration::from_millis(800);
/// How long one answer may take.
const ANSWER: Duration = Duration::from_millis(500);
/// How long a request waits for Redis, all in all.
const PATIENCE: Duration = Duration::from_millis(900);
/// How long a Redis that hangs is left alone, so that requests do not queue for it
/// one behind the other, each with a transaction open.
const REST: Duration = Duration::from_millis(500);

/// Where Redis is, and what the names of all keys begin with.
#[derive(Clone, Debug)]
pub struct Config {
    /// The server. (`REDIS_URL`)
    pub url: RedisUrl,
    /// What keys begin with; `better-auth:` in better-auth's own package.
    /// (`REDIS_KEY_PREFIX`)
    pub prefix: String,
}

/// `redis://USER:PASSWORD@HOST:PORT/DATABASE`, or `rediss://` with TLS.
#[derive(Clone)]
pub struct RedisUrl(ConnectionInfo);

impl FromStr for RedisUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let scheme = text.split_once("://").map(|(scheme, _)| scheme);
        if !matches!(scheme, Some("redis" | "rediss")) {
            return Err("is neither redis:// nor rediss://");
        }
        // What looks like a host may be a password, and would be shown.
        server_url(text)?;
        text.parse().map(Self).map_err(|_| "is no URL of a Redis server")
    }
}

/// For people and logs: a password is never shown.
impl fmt::Display for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "redis {}", self.0.addr())
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The key of probes.
const PROBE: &str = "bookplate:health-probe";
/// How many seconds the key of a probe lasts.
const PROBE_LIFE: u32 = 60;

/// A Redis server. Cheap to clone; clones share one connection, which is made when it
/// is needed.
#[derive(Clone)]
pub struct Redis(Arc<Server>);

struct Server {
    client: Client,
    line: Mutex<Line>,
    prefix: String,
}

struct Line {
    /// How many connections were made: who finds one broken must not close a newer.
    made: u64,
    state: State,
}

enum State {
    /// Not to be tried before.
    Down(Instant),
    Up(MultiplexedConnection),
}

impl Redis {
    /// Does not connect yet. Fails if the system's certificates, which TLS needs,
    /// cannot be read.
    pub fn new(config: Config) -> Result<Self> {
        let Config { url: RedisUrl(info), prefix } = config;
        Ok(Self(Arc::new(Server {
            client: Client::open(info).map_err(Error::internal)?,
            line: Mutex::new(Line { made: 0, state: State::Down(Instant::now()) }),
            prefix,
        })))
    }

    /// The full name of a key.
    pub(crate) fn key(&self, name: &str) -> String {
        format!("{}{name}", self.0.prefix)
    }

    /// What all keys begin with.
    pub(crate) fn prefix(&self) -> &str {
        &self.0.prefix
    }

    /// The text of a full key.
    pub(crate) async fn get(&self, key: &str) -> Result<Option<String>> {
        self.query(redis::cmd("GET").arg(key)).await
    }

    /// Reads a key of its own. Fails with why it could not.
    pub async fn probe_read(&self) -> std::result::Result<(), RedisFailure> {
        let read = self.ask::<Option<String>>(redis::cmd("GET").arg(self.key(PROBE))).await;
        read.map(drop).map_err(|cause| RedisFailure { part: "redis.read", cause })
    }

    /// Reads and writes a key of its own. Fails with what did not work, and why.
    pub async fn probe(&self) -> std::result::Result<(), RedisFailure> {
        self.probe_read().await?;
        let mut write = redis::cmd("SET");
        write.arg(self.key(PROBE)).arg("written").arg("EX").arg(PROBE_LIFE);
        let written = self.ask::<redis::Value>(&write).await;
        written.map_err(|cause| RedisFailure { part: "redis.write", cause })?;
        Ok(())
    }

    /// What the server says of itself; nothing where it may not be asked.
    pub async fn info(&self) -> Option<RedisInfo> {
        self.ask::<String>(&redis::cmd("INFO")).await.ok().map(RedisInfo)
    }

    /// Runs a script, which nothing interrupts, on full keys.
    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        script: &str,
        keys: &[&str],
        arguments: &[&str],
    ) -> Result<T> {
        let mut command = redis::cmd("EVAL");
        command.arg(script).arg(keys.len()).arg(keys).arg(arguments);
        self.query(&command).await
    }

    /// Runs a command. A connection that broke while nobody used it is made anew.
    pub(crate) async fn query<T: FromRedisValue>(&self, command: &Cmd) -> Result<T> {
        self.ask(command).await.map_err(|cause| away(&cause))
    }

    /// As [`Redis::query`]; fails with the cause.
    async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> std::result::Result<T, String> {
        let answered = timeout(PATIENCE, async {
            match self.attempt(command).await {
                Err(error) if error.is_io_error() && !error.is_timeout() => {
                    self.attempt(command).await
                }
                answered => answered,
            }
        });
        match answered.await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("no answer in time".to_owned()),
        }
    }

    async fn attempt<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        let (number, mut connection) = self.connection().await?;
        let answered = command.query_async(&mut connection).await;
        if let Err(error) = &answered {
            let mut line = self.0.line.lock().await;
            if line.made == number {
                line.state = State::down(error);
            }
        }
        answered
    }

    async fn connection(&self) -> RedisResult<(u64, MultiplexedConnection)> {
        let mut line = self.0.line.lock().await;
        match &line.state {
            State::Up(connection) => return Ok((line.made, connection.clone())),
            State::Down(until) if Instant::now() < *until => {
                return Err(io::Error::from(io::ErrorKind::TimedOut).into());
            }
            State::Down(_) => {}
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(ANSWER));
        match self.0.client.get_multiplexed_async_connection_with_config(&config).await {
            Ok(connection) => {
                line.made += 1;
                line.state = State::Up(connection.clone());
                Ok((line.made, connection))
            }
            Err(error) => {
                line.state = State::down(&error);
                Err(error)
            }
        }
    }
}

impl State {
    fn down(error: &RedisError) -> Self {
        let now = Instant::now();
        Self::Down(if error.is_timeout() { now + REST } else { now })
    }
}

/// The boundary at which it is logged: what callers get has no cause.
fn away(cause: &str) -> Error {
    tracing::warn!(cause, "Redis does not answer");
    Error::Busy
}

/// Without the URL, which may hold a password.
impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("prefix", &self.0.prefix).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_url_has_no_password() {
        let url: RedisUrl = "rediss://ann:s3cret@cache:6380/2".parse().unwrap();
        assert_eq!(format!("{url} {url:?}"), "redis cache:6380 redis cache:6380");
    }

    #[test]
    fn other_servers_and_passwords_that_look_like_hosts_are_refused() {
        for text in [
            "",
            "cache:6379",
            "http://cache",
            "unix:///run/redis.sock",
            "redis://",
            "redis://ann:6379?cret@cache",
            "redis://ann:6379/cret@cache",
            "redis://:s3cret",
            "redis://:s3#cret@cache",
        ] {
            assert!(text.parse::<RedisUrl>().is_err(), "{text}");
        }
    }
}
