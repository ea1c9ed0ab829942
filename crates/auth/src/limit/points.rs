//! How much work one client may cause in a time, whatever it is.

use std::fmt;

use chrono::TimeDelta;
use domain::{Clock, Result};

use super::{Storage, memory::Memory, redis::Keys, rule::Rule};
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
    store: Store,
    clock: Clock,
}

enum Store {
    Memory(Memory),
    Redis(Keys),
}

impl Points {
    pub(crate) fn new(
        config: PointsConfig,
        storage: Storage,
        redis: Option<Redis>,
        clock: Clock,
    ) -> Self {
        let store = match (storage, redis) {
            (Storage::Redis, Some(redis)) => Store::Redis(Keys::new(redis)),
            _ => Store::Memory(Memory::default()),
        };
        Self { config, store, clock }
    }

    /// Takes so many points of a client's. Fails with the seconds until there are
    /// enough. Whoever asks for more than there can be waits until all are there.
    ///
    /// Without Redis nobody is refused: what is read without a session needs none.
    pub async fn take(&self, client: &impl fmt::Display, points: usize) -> Result<(), i64> {
        let length = self.config.window.num_milliseconds().max(1);
        let points = i64::try_from(points).unwrap_or(i64::MAX);
        let price = points.saturating_mul(length) / i64::from(self.config.max.max(1));
        let rule = Rule::Priced { length, price: price.clamp(1, length) };
        let (key, now) = (format!("points|{client}"), self.clock.now().timestamp_millis());
        let taken = match &self.store {
            Store::Memory(memory) => memory.take(&key, rule, now),
            Store::Redis(keys) => {
                Box::pin(keys.take(&key, rule, now)).await.unwrap_or_else(|error| {
                    tracing::warn!(%error, "points are not counted");
                    Ok(())
                })
            }
        };
        taken.map_err(|millis| (millis.max(1) + 999) / 1000)
    }
}
