//! The connection to the Redis server that several machines share.
//!
//! A command fails with [`Error::Busy`], within `TOTAL_TIMEOUT`, if Redis is down or does not
//! answer. The next command reconnects. After a timeout, commands fail at once for `PAUSE`.
//!
//! The `redis` crate's `ConnectionManager` (1.8) does neither of two things that this module
//! does. After a timeout it keeps the connection (`RedisError::is_unrecoverable_error` is false):
//! when a failover leaves the connection half-open, commands fail until TCP gives up, after
//! about 15 minutes. And while Redis hangs, it sends every command, which waits for its
//! timeout: requests would queue behind each other, each with a transaction open.

mod info;
mod probe;
mod url;

use std::{fmt, io, sync::Arc};

use domain::{Error, Result};
use redis::{
    AsyncConnectionConfig, Client, Cmd, FromRedisValue, RedisError, RedisResult,
    aio::MultiplexedConnection,
};
use tokio::{
    sync::Mutex,
    time::{Duration, Instant, timeout},
};

pub use self::{info::RedisInfo, probe::RedisFailure, url::RedisUrl};

/// The time limit of connecting, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(800);
/// The time limit of one response.
const RESPONSE_TIMEOUT: Duration = Duration::from_millis(500);
/// The time limit of a command, with reconnecting.
const TOTAL_TIMEOUT: Duration = Duration::from_millis(900);
/// How long commands fail at once after a timeout.
const PAUSE: Duration = Duration::from_millis(500);

/// The server, and the prefix of its keys.
#[derive(Clone, Debug)]
pub struct Config {
    /// The server. (`REDIS_URL`)
    pub url: RedisUrl,
    /// The prefix of keys; `better-auth:` in better-auth's own package. (`REDIS_KEY_PREFIX`)
    pub prefix: String,
}

/// A Redis server. Clones are cheap, and share one connection, which is made when it is needed.
#[derive(Clone)]
pub struct Redis(Arc<Server>);

struct Server {
    client: Client,
    connection: Mutex<Connection>,
    prefix: String,
}

struct Connection {
    /// The number of connections made so far: a failed command must not close a newer one.
    generation: u64,
    state: State,
}

enum State {
    /// Commands fail at once before this instant.
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
            connection: Mutex::new(Connection {
                generation: 0,
                state: State::Down(Instant::now()),
            }),
            prefix,
        })))
    }

    /// The full name of a key.
    pub(crate) fn key(&self, name: &str) -> String {
        format!("{}{name}", self.0.prefix)
    }

    /// The prefix of all keys.
    pub(crate) fn prefix(&self) -> &str {
        &self.0.prefix
    }

    /// Reads the text of a key, by its full name.
    pub(crate) async fn get(&self, key: &str) -> Result<Option<String>> {
        self.query(redis::cmd("GET").arg(key)).await
    }

    /// Runs a script atomically on keys, by their full names.
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

    /// Runs a command. If the connection was lost since the last one, reconnects first.
    pub(crate) async fn query<T: FromRedisValue>(&self, command: &Cmd) -> Result<T> {
        self.send(command).await.map_err(|cause| unavailable(&cause))
    }

    /// Like [`Redis::query`], but fails with the cause.
    async fn send<T: FromRedisValue>(&self, command: &Cmd) -> std::result::Result<T, String> {
        let answered = timeout(TOTAL_TIMEOUT, async {
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
        let (generation, mut connection) = self.connection().await?;
        let answered = command.query_async(&mut connection).await;
        if let Err(error) = &answered {
            let mut current = self.0.connection.lock().await;
            if current.generation == generation {
                current.state = State::after(error);
            }
        }
        answered
    }

    async fn connection(&self) -> RedisResult<(u64, MultiplexedConnection)> {
        let mut current = self.0.connection.lock().await;
        match &current.state {
            State::Up(connection) => return Ok((current.generation, connection.clone())),
            State::Down(until) if Instant::now() < *until => {
                return Err(io::Error::from(io::ErrorKind::TimedOut).into());
            }
            State::Down(_) => {}
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(RESPONSE_TIMEOUT));
        match self.0.client.get_multiplexed_async_connection_with_config(&config).await {
            Ok(connection) => {
                current.generation += 1;
                current.state = State::Up(connection.clone());
                Ok((current.generation, connection))
            }
            Err(error) => {
                current.state = State::after(&error);
                Err(error)
            }
        }
    }
}

impl State {
    fn after(error: &RedisError) -> Self {
        let now = Instant::now();
        Self::Down(if error.is_timeout() { now + PAUSE } else { now })
    }
}

/// Logs the cause, which callers do not get.
fn unavailable(cause: &str) -> Error {
    tracing::warn!(cause, "Redis does not answer");
    Error::Busy
}

/// Omits the URL, which may contain a password.
impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("prefix", &self.0.prefix).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
        time::sleep,
    };

    use super::*;

    /// Answers each command with `OK`.
    async fn answer(mut stream: TcpStream) {
        let mut buffer = [0; 4_096];
        while let Ok(bytes @ 1..) = stream.read(&mut buffer).await {
            let received = String::from_utf8_lossy(&buffer[..bytes]);
            let commands = received.matches('*').count();
            stream.write_all(&b"+OK\r\n".repeat(commands)).await.unwrap();
        }
    }

    /// Simulates a failover: the first connection is open, but half of it is lost.
    #[tokio::test]
    async fn a_connection_without_responses_is_replaced() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        let config = Config { url: url.parse().unwrap(), prefix: String::new() };
        let redis = Redis::new(config).unwrap();
        let server = tokio::spawn(async move {
            let (silent, _) = listener.accept().await.unwrap();
            let (stream, _) = listener.accept().await.unwrap();
            answer(stream).await;
            drop(silent);
        });

        assert!(redis.get("key").await.is_err());
        let answered = async {
            while redis.get("key").await.is_err() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(Duration::from_secs(20), answered).await.unwrap();
        server.abort();
    }
}
