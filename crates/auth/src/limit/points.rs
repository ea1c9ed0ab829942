//! A budget of points per client, for work other than this crate's routes.

use std::fmt;

use chrono::TimeDelta;
use domain::{Clock, Result};

use super::{Storage, memory::MemoryStore, redis::RedisStore, rule::Rule, seconds};
use crate::redis::Redis;

/// The settings of a budget.
#[derive(Clone, Copy, Debug)]
pub struct PointsConfig {
    /// The maximum number of points, which is restored over one window.
    pub max: u32,
    /// The window.
    pub window: TimeDelta,
}

/// The points of clients. They are counted in Redis if rate limits are, otherwise in this process:
/// writing a row for each query would cost more than most queries.
pub struct Points {
    config: PointsConfig,
    /// `None` if each process counts for itself.
    redis: Option<RedisStore>,
    /// Counts without Redis, and while Redis does not respond.
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

    /// Takes points of a client. Fails with the seconds until the client has enough. A request for
    /// more than the maximum takes all points.
    pub async fn take(&self, client: &impl fmt::Display, points: usize) -> Result<(), i64> {
        let length = self.config.window.num_milliseconds().max(1);
        let points = i64::try_from(points).unwrap_or(i64::MAX);
        let cost = points.saturating_mul(length) / i64::from(self.config.max.max(1));
        let rule = Rule::Weighted { length, cost: cost.clamp(1, length) };
        let (key, now) = (format!("points|{client}"), self.clock.now().timestamp_millis());
        let counted = match &self.redis {
            Some(redis) => Box::pin(redis.take(&key, rule, now)).await.ok(),
            None => None,
        };
        let taken = counted.unwrap_or_else(|| self.memory.take(&key, rule, now));
        taken.map_err(seconds)
    }
}
