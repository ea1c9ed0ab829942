//! Values in Redis, as better-auth's secondary storage has them: the key
//! `verification:` and the identifier, its text JSON, its end that of the value.
//!
//! All values of a user can be forgotten at once, which better-auth does not do. Two
//! keys of ours tell which those are: the identifiers that were put here, and for
//! those that another server put, since when older ones count nothing.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Clock, Error, Result};
use serde::{Deserialize, Serialize};

use super::Verification;
use crate::{redis::Redis, wire::iso};

/// Keeps a value, and its identifier until its end, but no more than the last hundred, so
/// that nobody makes the list long; those before count nothing once they are forgotten, as
/// another server's do not: `KEYS` value, identifiers; `ARGV`
/// JSON, seconds, identifier, its end, now.
const PUT: &str = "
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[5])
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[3])
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -101)
if redis.call('TTL', KEYS[2]) < tonumber(ARGV[2]) then
  redis.call('EXPIRE', KEYS[2], ARGV[2])
end
";

/// Removes values: `KEYS` identifiers, forgotten; `ARGV` prefix, what keys of values
/// begin with, now, seconds.
const FORGET: &str = "
for _, identifier in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if string.sub(identifier, 1, #ARGV[1]) == ARGV[1] then
    redis.call('DEL', ARGV[2] .. identifier)
    redis.call('ZREM', KEYS[1], identifier)
  end
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[4])
";

/// How long it is known that older values count nothing; better-auth's last for a day
/// at most.
const REMEMBERED: TimeDelta = TimeDelta::days(30);

/// In better-auth's order.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    #[serde(serialize_with = "iso")]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "iso")]
    updated_at: DateTime<Utc>,
    value: String,
    identifier: String,
    #[serde(serialize_with = "iso")]
    expires_at: DateTime<Utc>,
}

/// Values in Redis.
pub(crate) struct Keys {
    redis: Redis,
    clock: Clock,
}

impl Keys {
    pub(super) fn new(redis: Redis, clock: Clock) -> Self {
        Self { redis, clock }
    }

    fn key(&self, identifier: &str) -> String {
        self.redis.key(&format!("verification:{identifier}"))
    }

    /// The identifiers of values `value`.
    fn identifiers(&self, value: &str) -> String {
        self.redis.key(&format!("bookplate:verifications:{value}"))
    }

    /// Since when values `value` count nothing that are older, by prefix.
    fn forgotten(&self, value: &str) -> String {
        self.redis.key(&format!("bookplate:forgotten:{value}"))
    }

    pub(super) async fn put(&self, verification: &Verification, now: DateTime<Utc>) -> Result<()> {
        let Verification { identifier, value, expires_at } = verification;
        let kept = Kept {
            created_at: now,
            updated_at: now,
            value: value.clone(),
            identifier: identifier.clone(),
            expires_at: *expires_at,
        };
        let json = serde_json::to_string(&kept).map_err(Error::internal)?;
        let seconds = (*expires_at - now).num_seconds();
        if seconds < 1 {
            return Ok(());
        }
        let keys = [self.key(identifier), self.identifiers(value)];
        let (end, now) = (expires_at.timestamp_millis(), now.timestamp_millis());
        let arguments =
            [&*json, &seconds.to_string(), identifier, &end.to_string(), &now.to_string()];
        self.redis.run(PUT, &keys.each_ref().map(String::as_str), &arguments).await
    }

    pub(super) async fn find(
        &self,
        identifier: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<String>> {
        let text = self.redis.get(&self.key(identifier)).await?;
        self.counting(text, identifier, now).await
    }

    pub(super) async fn take(
        &self,
        identifier: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<String>> {
        let text = self.redis.query(redis::cmd("GETDEL").arg(self.key(identifier))).await?;
        self.counting(text, identifier, now).await
    }

    /// The value that a text holds, if it has neither expired nor been forgotten.
    async fn counting(
        &self,
        text: Option<String>,
        identifier: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<String>> {
        let kept = text.and_then(|text| serde_json::from_str::<Kept>(&text).ok());
        let Some(kept) = kept.filter(|kept| kept.expires_at >= now) else { return Ok(None) };
        let forgotten = redis::cmd("HGETALL").arg(self.forgotten(&kept.value)).to_owned();
        let forgotten: HashMap<String, i64> = self.redis.query(&forgotten).await?;
        let counts = forgotten.iter().all(|(prefix, since)| {
            !identifier.starts_with(prefix) || kept.created_at.timestamp_millis() >= *since
        });
        Ok(counts.then_some(kept.value))
    }

    pub(super) async fn forget(&self, prefix: &str, value: &str) -> Result<()> {
        let keys = [self.identifiers(value), self.forgotten(value)];
        let arguments = [
            prefix,
            &self.key(""),
            &self.clock.now().timestamp_millis().to_string(),
            &REMEMBERED.num_seconds().to_string(),
        ];
        self.redis.run(FORGET, &keys.each_ref().map(String::as_str), &arguments).await
    }
}
