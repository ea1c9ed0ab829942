//! How much work one client may cause in a time, whatever it is.

use std::fmt;

use chrono::TimeDelta;
use domain::{Clock, Result};

use super::{Storage, memory::MemoryStore, redis::RedisStore, rule::Rule, seconds};
use crate::redis::Redis;

/// How much there may be.
#[derive(Clone, Copy, Debug)]
pub struct PointsConfig {
    /// Points that may be spent at once, and are given back in a window.
    pub max: u32,
    /// The window.
    pub window: TimeDelta,
}

/// The points that clients have left. They are counted in Redis where the other limits
/// are, otherwise in this process: a row that is written for each query would cost more
/// than most queries.
pub struct Points {
    config: PointsConfig,
    /// None where each process counts for itself.
    redis: Option<RedisStore>,
    /// Counts without Redis, and while it is away.
    memory: MemoryStore,
    clock: Clock,
}

impl Points {
    pub(crate) fn new(
        config: PointsConfig,
        storage: Storage,
        redis: Option<Redis>,
        clock: Clock,
    ) -> Self {
        let redis = redis.filter(|_| storage == Storage::Redis);
        Self { config, redis: redis.map(RedisStore::new), memory: MemoryStore::default(), clock }
    }

    /// Takes so many points of a client's. Fails with the seconds until there are
    /// enough. Whoever asks for more than there can be waits until all are there.
    pub async fn take(&self, client: &impl fmt::Display, points: usize) -> Result<(), i64> {
        let length = self.config.window.num_milliseconds().max(1);
        let points = i64::try_from(points).unwrap_or(i64::MAX);
        let price = points.saturating_mul(length) / i64::from(self.config.max.max(1));
        let rule = Rule::Priced { length, price: price.clamp(1, length) };
        let (key, now) = (format!("points|{client}"), self.clock.now().timestamp_millis());
        let counted = match &self.redis {
            Some(redis) => Box::pin(redis.take(&key, rule, now)).await.ok(),
            None => None,
        };
        let taken = counted.unwrap_or_else(|| self.memory.take(&key, rule, now));
        taken.map_err(seconds)
    }
}
