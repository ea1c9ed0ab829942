//! Rate limits: of requests, of wrong passwords, and of mails to one recipient.
//!
//! Endpoints: none; `middleware::rate_limit` counts requests, `password` and `mail` count theirs.
//! Table: `rateLimit`, better-auth's own, or none while counting in memory or Redis.
//!
//! | limit | key | rule |
//! |---|---|---|
//! | requests | address and route | better-auth's windows |
//! | wrong passwords of an unknown client | address, and IPv6 networks around it | 12 a minute, of a network more |
//! | wrong passwords of unknown clients for a login | hash of the address, name or number | 40 a minute |
//! | the same for all logins of a user | hash of their id | 60 a minute; then every password is wrong |
//! | wrong passwords of a session, of a known device | its id | 10 a minute |
//! | mails of one kind to one recipient | hash of their address | 5 at once, then one in 20 minutes |
//! | [`Points`], for other services than these routes | user or address | configured points per window |
//!
//! Threats: guessing a password from many or forged addresses (the account has a limit, too,
//! whether it exists or not), locking an owner out by that (their session and their known devices
//! have limits of their own), rotating addresses of an IPv6 network, filling a mailbox, concurrent
//! requests (counting and deciding are one step; a password counts as wrong until it is verified),
//! evicting the counts of passwords by other keys (passwords have a store of their own), an outage
//! of Redis (each process counts in its memory), a clock that goes back (counts from the future are
//! clamped), a stolen table that reveals users (their addresses are hashed under the service's
//! secret).

mod database;
mod memory;
mod points;
mod redis;
mod rule;

use std::fmt;

use ::database::Database;
use chrono::TimeDelta;
use crypto::{Secrets, Signer};
use domain::{Clock, Result};
use sea_orm::ConnectionTrait;

pub use self::points::{Points, PointsConfig};
pub(crate) use self::rule::{Failures, Rule};
use self::{database::DatabaseStore, memory::MemoryStore, redis::RedisStore};
use crate::redis::Redis;

/// The settings of rate limits.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Whether requests are limited. (`AUTH_RATE_LIMIT`)
    pub on: bool,
    /// The store of counts. (`AUTH_RATE_LIMIT_STORAGE`)
    pub storage: Storage,
    /// The window of routes without a specific rule; 10 seconds.
    /// (`AUTH_RATE_LIMIT_WINDOW`)
    pub window: TimeDelta,
    /// The maximum number of requests per window; 100. (`AUTH_RATE_LIMIT_MAX`)
    pub max: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self { on: true, storage: Storage::default(), window: TimeDelta::seconds(10), max: 100 }
    }
}

/// The store of counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Storage {
    /// The memory of this process.
    #[default]
    Memory,
    /// The table `rateLimit`, shared by all processes on the database.
    Database,
    /// Redis, shared by all processes on it.
    Redis,
}

/// Counts requests, failures and mails, and decides whether a limit is reached.
pub(crate) struct Limiter {
    store: Store,
    clock: Clock,
    signer: Signer,
    /// The rule of routes without a specific one.
    default_rule: Rule,
}

enum Store {
    Memory(Counts),
    Database(DatabaseStore),
    Redis {
        redis: RedisStore,
        /// Counts while Redis does not respond, or refuses writes.
        fallback: Counts,
    },
}

/// Counts in memory. Failures have a store of their own, so that a flood of other keys does not
/// evict them.
#[derive(Default)]
struct Counts {
    failures: MemoryStore,
    others: MemoryStore,
}

/// The store where failures were counted, for their refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// The configured store.
    InStore,
    /// Memory, because Redis did not respond.
    InFallback,
}

/// The decision on a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Taken {
    /// The request is counted and within the limit.
    Yes,
    /// The limit is reached; the client may retry after this many seconds.
    No { seconds: i64 },
}

impl From<std::result::Result<(), i64>> for Taken {
    fn from(taken: std::result::Result<(), i64>) -> Self {
        match taken {
            Ok(()) => Self::Yes,
            Err(millis) => Self::No { seconds: seconds(millis) },
        }
    }
}

/// Rounds up to whole seconds, at least one.
fn seconds(millis: i64) -> i64 {
    (millis.max(1) + 999) / 1000
}

impl Limiter {
    /// `None` if limits are off.
    pub(crate) fn new(
        config: Config,
        redis: Option<Redis>,
        secrets: &Secrets,
        clock: Clock,
    ) -> Option<Self> {
        let store = match (config.storage, redis) {
            (Storage::Redis, Some(redis)) => {
                Store::Redis { redis: RedisStore::new(redis), fallback: Counts::default() }
            }
            (Storage::Database, _) => Store::Database(DatabaseStore),
            // The settings allow `Storage::Redis` only with a Redis server.
            (Storage::Memory | Storage::Redis, _) => Store::Memory(Counts::default()),
        };
        let default_rule =
            Rule::Sliding { length: config.window.num_milliseconds(), max: config.max };
        let signer = Signer::new(secrets);
        config.on.then_some(Self { store, clock, signer, default_rule })
    }

    /// The rule of routes without a specific one.
    pub(crate) fn default_rule(&self) -> Rule {
        self.default_rule
    }

    /// Counts a request under `key`, if it is within the limit of `rule`. `db` is the caller's
    /// connection or transaction; counts in other stores persist even if that is rolled back.
    pub(crate) async fn take<C: ConnectionTrait>(
        &self,
        db: &C,
        key: &str,
        rule: Rule,
    ) -> Result<Taken> {
        let now = self.clock.now().timestamp_millis();
        let taken = match &self.store {
            Store::Memory(counts) => counts.others.take(key, rule, now),
            Store::Database(store) => store.take(db, key, rule, now).await?,
            Store::Redis { redis, fallback } => {
                let taken = redis.take(key, rule, now).await;
                taken.unwrap_or_else(|_| fallback.others.take(key, rule, now))
            }
        };
        Ok(taken.into())
    }

    /// Counts a failure under every key, or under none if one limit is reached. The caller consumes
    /// before an attempt and refunds on success, so that parallel attempts cannot exceed the
    /// limit. If the process ends in between, the failures expire after their minute. Fails with
    /// the seconds until a further attempt is within the limit.
    pub(crate) async fn consume(
        &self,
        db: &Database,
        failures: &[Failures],
    ) -> Result<std::result::Result<Counted, i64>> {
        let now = self.clock.now().timestamp_millis();
        let (counted, taken) = match &self.store {
            Store::Memory(counts) => (Counted::InStore, counts.failures.consume(failures, now)),
            Store::Database(store) => (Counted::InStore, store.consume(db, failures, now).await?),
            Store::Redis { redis, fallback } => match redis.consume(failures).await {
                Ok(taken) => (Counted::InStore, taken),
                Err(_) => (Counted::InFallback, fallback.failures.consume(failures, now)),
            },
        };
        Ok(taken.map(|()| counted).map_err(seconds))
    }

    /// Removes a failure from every key.
    pub(crate) async fn refund(
        &self,
        db: &Database,
        failures: &[Failures],
        counted: Counted,
    ) -> Result<()> {
        match (&self.store, counted) {
            (Store::Memory(counts), _) => counts.failures.refund(failures),
            (Store::Database(store), _) => store.refund(db, failures).await?,
            (Store::Redis { redis, .. }, Counted::InStore) => redis.refund(failures).await?,
            (Store::Redis { fallback, .. }, Counted::InFallback) => {
                fallback.failures.refund(failures);
            }
        }
        Ok(())
    }

    /// Deletes expired counts, in batches. Memory and Redis expire their counts themselves.
    pub(crate) async fn sweep(&self, db: &Database) -> Result<u64> {
        match &self.store {
            Store::Database(store) => {
                store.sweep(db, self.default_rule, self.clock.now().timestamp_millis()).await
            }
            Store::Memory(_) | Store::Redis { .. } => Ok(0),
        }
    }

    /// The key of a count for the owner of an e-mail address, which it does not reveal.
    pub(crate) fn key_of(&self, what: &str, email: &str) -> String {
        let owner = self.signer.signature(&format!("limit|{}", email.to_lowercase()));
        format!("{what}|{owner}")
    }
}

/// Shows no keys and counts.
impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter").field("default_rule", &self.default_rule).finish_non_exhaustive()
    }
}
