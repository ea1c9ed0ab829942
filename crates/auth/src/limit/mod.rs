//! How much one client may ask for, how often a password may be wrong, and how many mails
//! one person may get.
//!
//! Endpoints: none; `middleware::rate_limit` counts requests, `password` and `mail`
//! count theirs. Table: `rateLimit`, better-auth's own, or none while counting in
//! memory or Redis.
//!
//! | what | key | rule |
//! |---|---|---|
//! | requests | address and route | better-auth's windows |
//! | wrong passwords of a stranger | address, and IPv6 networks around it | 12 a minute, of a network more |
//! | wrong passwords of strangers for an account | hash of its address | 40 a minute |
//! | wrong passwords of a session, of a known device | its id | 10 a minute |
//! | mails of one kind to one person | hash of their address | 5 at once, then one in 20 minutes |
//! | [`Points`], for whoever serves more than these routes | user or address | so many in a window |
//!
//! Threats: guessing a password from many addresses, or with forged ones (the account
//! counts, too, whether it exists or not), shutting an owner out by that (their session
//! and the browsers in which they signed in have counts of their own), taking turns within
//! an IPv6 network, filling somebody's mailbox, many requests at the same moment
//! (counting and deciding are one step; a password counts as wrong until it is known to be
//! right), counting so much that a password's count is forgotten (those have a memory of
//! their own), a Redis that is away (each process counts meanwhile), a clock that goes back (what
//! lies in the future is clamped), a stolen table that tells who was here (addresses of people are hashed
//! under the service's secret).

mod database;
mod memory;
mod points;
mod redis;
mod rule;

use std::fmt;

use chrono::TimeDelta;
use crypto::{Secrets, Signer};
use domain::{Clock, Result};
use repositories::Database;
use sea_orm::ConnectionTrait;

pub use self::points::{Points, PointsConfig};
pub(crate) use self::rule::{Failures, Rule};
use self::{database::DatabaseStore, memory::MemoryStore, redis::RedisStore};
use crate::redis::Redis;

/// Whether and where is counted.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Whether there are limits at all. (`AUTH_RATE_LIMIT`)
    pub on: bool,
    /// Where the counts are. (`AUTH_RATE_LIMIT_STORAGE`)
    pub storage: Storage,
    /// The window of routes without a rule of their own; 10 seconds.
    /// (`AUTH_RATE_LIMIT_WINDOW`)
    pub window: TimeDelta,
    /// How many requests it takes; 100. (`AUTH_RATE_LIMIT_MAX`)
    pub max: u32,
}

/// Where counts are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Storage {
    /// In this process, for itself.
    #[default]
    Memory,
    /// In the table `rateLimit`, for all processes on the database.
    Database,
    /// In Redis, for all processes on it.
    Redis,
}

/// The counts of everything that is limited.
pub(crate) struct Limiter {
    store: Store,
    clock: Clock,
    signer: Signer,
    /// For routes without a rule of their own.
    ordinary: Rule,
}

enum Store {
    Memory(Counts),
    Database(DatabaseStore),
    Redis {
        redis: RedisStore,
        /// Counts while Redis is away, or takes no writes.
        meanwhile: Counts,
    },
}

/// Failures have a memory of their own: no flood of other keys makes them forgotten.
#[derive(Default)]
struct Counts {
    failures: MemoryStore,
    others: MemoryStore,
}

/// Where failures were counted, to be refunded there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// Where the settings say.
    InStore,
    /// In memory, as Redis did not count.
    Meanwhile,
}

/// Whether there was room for one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Taken {
    /// It is counted.
    Yes,
    /// It is not, and may be tried again in this many seconds.
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

/// How long to wait, in whole seconds.
fn seconds(millis: i64) -> i64 {
    (millis.max(1) + 999) / 1000
}

impl Limiter {
    /// None when there are no limits.
    pub(crate) fn new(
        config: Config,
        redis: Option<Redis>,
        secrets: &Secrets,
        clock: Clock,
    ) -> Option<Self> {
        let store = match (config.storage, redis) {
            (Storage::Redis, Some(redis)) => {
                Store::Redis { redis: RedisStore::new(redis), meanwhile: Counts::default() }
            }
            (Storage::Database, _) => Store::Database(DatabaseStore),
            // Redis counts only where there is one: the settings are checked for it.
            (Storage::Memory | Storage::Redis, _) => Store::Memory(Counts::default()),
        };
        let ordinary = Rule::Sliding { length: config.window.num_milliseconds(), max: config.max };
        let signer = Signer::new(secrets);
        config.on.then_some(Self { store, clock, signer, ordinary })
    }

    /// The rule of routes without one of their own.
    pub(crate) fn ordinary(&self) -> Rule {
        self.ordinary
    }

    /// Counts one under `key`, if `rule` has room for it. `db` is the caller's
    /// connection or transaction; counts that are elsewhere last even if that is rolled
    /// back.
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
            Store::Redis { redis, meanwhile } => {
                let taken = redis.take(key, rule, now).await;
                taken.unwrap_or_else(|_| meanwhile.others.take(key, rule, now))
            }
        };
        Ok(taken.into())
    }

    /// Counts one failure of each, or none of them if one limit is reached. The caller
    /// consumes before an attempt and refunds on success, so that parallel attempts cannot
    /// exceed the limit. Should the process end between, they count for their minute. Fails
    /// with the seconds until there is room.
    pub(crate) async fn consume(
        &self,
        db: &Database,
        failures: &[Failures],
    ) -> Result<std::result::Result<Counted, i64>> {
        let now = self.clock.now().timestamp_millis();
        let (counted, taken) = match &self.store {
            Store::Memory(counts) => (Counted::InStore, counts.failures.consume(failures, now)),
            Store::Database(store) => (Counted::InStore, store.consume(db, failures, now).await?),
            Store::Redis { redis, meanwhile } => match redis.consume(failures).await {
                Ok(taken) => (Counted::InStore, taken),
                Err(_) => (Counted::Meanwhile, meanwhile.failures.consume(failures, now)),
            },
        };
        Ok(taken.map(|()| counted).map_err(seconds))
    }

    /// Takes one of each back.
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
            (Store::Redis { meanwhile, .. }, Counted::Meanwhile) => {
                meanwhile.failures.refund(failures);
            }
        }
        Ok(())
    }

    /// Removes what counts no more, some at a time. Memory and Redis do it by themselves.
    pub(crate) async fn sweep(&self, db: &Database) -> Result<u64> {
        match &self.store {
            Store::Database(store) => {
                store.sweep(db, self.ordinary, self.clock.now().timestamp_millis()).await
            }
            Store::Memory(_) | Store::Redis { .. } => Ok(0),
        }
    }

    /// The key of what is counted for the person with an e-mail address.
    pub(crate) fn key_of(&self, what: &str, email: &str) -> String {
        let person = self.signer.signature(&format!("limit|{}", email.to_lowercase()));
        format!("{what}|{person}")
    }
}

/// Without keys and counts.
impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter").field("ordinary", &self.ordinary).finish_non_exhaustive()
    }
}
