//! Links in Redis, as better-auth's secondary storage has them: the key `verification:`
//! and the identifier, its text JSON with an epoch of ours, its end that of the link.
//!
//! All links of a user can be forgotten at once, which better-auth does not do. Two keys
//! of ours tell which those are: the identifiers that were put here, and for those that
//! another server put, which have no epoch, since when older ones count nothing.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Clock, Error, Result, UserId};
use serde::{Deserialize, Serialize};

use crate::{
    redis::Redis,
    verification::{Link, Verification},
    views::iso,
};

/// Keeps a link, and its identifier until its end, but no more than the last hundred, so
/// that nobody makes the list long; the epoch voids those before, too: `KEYS` link,
/// identifiers; `ARGV` JSON, seconds, identifier, its end, now.
const PUT: &str = "
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[5])
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[3])
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -101)
if redis.call('TTL', KEYS[2]) < tonumber(ARGV[2]) then
  redis.call('EXPIRE', KEYS[2], ARGV[2])
end
";

/// Removes links: `KEYS` identifiers, forgotten; `ARGV` what keys of links begin with,
/// now, seconds.
const FORGET: &str = "
for _, identifier in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  redis.call('DEL', ARGV[1] .. identifier)
end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
";

/// How long it is known that older links count nothing; better-auth's last for a day
/// at most.
const REMEMBERED: TimeDelta = TimeDelta::days(30);

/// In better-auth's order; the last is ours, and absent in other servers' texts.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredLink {
    #[serde(serialize_with = "iso")]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "iso")]
    updated_at: DateTime<Utc>,
    value: String,
    identifier: String,
    #[serde(serialize_with = "iso")]
    expires_at: DateTime<Utc>,
    epoch: Option<i64>,
}

/// Links in Redis.
pub(crate) struct RedisStore<'a> {
    redis: &'a Redis,
    clock: &'a Clock,
}

impl<'a> RedisStore<'a> {
    pub(super) fn new(redis: &'a Redis, clock: &'a Clock) -> Self {
        Self { redis, clock }
    }

    fn key(&self, identifier: &str) -> String {
        self.redis.key(&format!("verification:{identifier}"))
    }

    /// The identifiers of a user's links.
    fn identifiers(&self, user: &UserId) -> String {
        self.redis.key(&format!("bookplate:verifications:{user}"))
    }

    /// Since when links of a user count nothing that are older.
    fn forgotten(&self, user: &UserId) -> String {
        self.redis.key(&format!("bookplate:forgotten-since:{user}"))
    }

    pub(super) async fn put(&self, verification: &Verification, now: DateTime<Utc>) -> Result<()> {
        let Verification { identifier, link: Link { user, epoch }, expires_at } = verification;
        let kept = StoredLink {
            created_at: now,
            updated_at: now,
            value: user.0.clone(),
            identifier: identifier.clone(),
            expires_at: *expires_at,
            epoch: *epoch,
        };
        let json = serde_json::to_string(&kept).map_err(Error::internal)?;
        let seconds = (*expires_at - now).num_seconds();
        if seconds < 1 {
            return Ok(());
        }
        let keys = [self.key(identifier), self.identifiers(user)];
        let (end, now) = (expires_at.timestamp_millis(), now.timestamp_millis());
        let arguments =
            [&*json, &seconds.to_string(), identifier, &end.to_string(), &now.to_string()];
        self.redis.run(PUT, &keys.each_ref().map(String::as_str), &arguments).await
    }

    pub(super) async fn find(&self, identifier: &str, now: DateTime<Utc>) -> Result<Option<Link>> {
        let text = self.redis.get(&self.key(identifier)).await?;
        self.counting(text, now).await
    }

    pub(super) async fn take(&self, identifier: &str, now: DateTime<Utc>) -> Result<Option<Link>> {
        let text = self.redis.query(redis::cmd("GETDEL").arg(self.key(identifier))).await?;
        self.counting(text, now).await
    }

    /// The link that a text holds, if it has neither expired nor been forgotten.
    async fn counting(&self, text: Option<String>, now: DateTime<Utc>) -> Result<Option<Link>> {
        let kept = text.and_then(|text| serde_json::from_str::<StoredLink>(&text).ok());
        let Some(kept) = kept.filter(|kept| kept.expires_at >= now) else { return Ok(None) };
        let link = Link { user: UserId(kept.value), epoch: kept.epoch };
        if link.epoch.is_some() {
            return Ok(Some(link));
        }
        let since = self.redis.get(&self.forgotten(&link.user)).await?;
        let since = since.and_then(|since| since.parse().ok());
        let counts = since.is_none_or(|since| kept.created_at.timestamp_millis() >= since);
        Ok(counts.then_some(link))
    }

    pub(super) async fn delete_all_of(&self, user: &UserId) -> Result<()> {
        let keys = [self.identifiers(user), self.forgotten(user)];
        let links = self.key("");
        let arguments = [
            links.as_str(),
            &self.clock.now().timestamp_millis().to_string(),
            &REMEMBERED.num_seconds().to_string(),
        ];
        self.redis.run(FORGET, &keys.each_ref().map(String::as_str), &arguments).await
    }
}
