//! Links and values in Redis, in the format of better-auth's secondary storage: the key is `verification:`
//! and the identifier, the value JSON with an additional epoch, the key's end that of the link.
//!
//! All links of a user can be deleted at once, which better-auth does not do. Two further keys
//! identify them: a list of the identifiers that this service stored and, for links of other
//! servers, which have no epoch, the time before which they are invalid.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Clock, Error, Result, UserId};
use serde::{Deserialize, Serialize};

use crate::{
    redis::Redis,
    verification::{CurrentValue, Link, MailedSecret, NewValue, Verification},
    views::iso,
};

/// Stores a link, and its identifier until its end. The list keeps the last hundred identifiers
/// only, which bounds its length; the epoch invalidates earlier links, too. `KEYS`: link,
/// identifiers. `ARGV`: JSON, seconds, identifier, its end, now.
const PUT: &str = "
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[5])
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[3])
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -101)
if redis.call('TTL', KEYS[2]) < tonumber(ARGV[2]) then
  redis.call('EXPIRE', KEYS[2], ARGV[2])
end
";

/// Deletes links. `KEYS`: identifiers, cutoff. `ARGV`: the prefix of links' keys, now, seconds.
const DELETE_ALL: &str = "
for _, identifier in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  redis.call('DEL', ARGV[1] .. identifier)
end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
";

/// How long the cutoff is stored. Links of better-auth last for one day at most.
const CUTOFF_LIFETIME: TimeDelta = TimeDelta::days(30);

/// The JSON of a link or a value, in better-auth's order. Those of other servers have no `epoch`.
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

/// The value in the JSON of [`StoredLink`].
fn value_of(text: &str) -> Option<String> {
    serde_json::from_str::<StoredLink>(text).ok().map(|stored| stored.value)
}

/// Links and values in Redis.
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

    /// The key of the identifiers of a user's links.
    fn identifiers(&self, user: &UserId) -> String {
        self.redis.key(&format!("bookplate:verifications:{user}"))
    }

    /// The key of the time before which a user's links are invalid.
    fn cutoff(&self, user: &UserId) -> String {
        self.redis.key(&format!("bookplate:forgotten-since:{user}"))
    }

    pub(super) async fn put(&self, verification: &Verification, now: DateTime<Utc>) -> Result<()> {
        let Verification { identifier, link: Link { user, epoch }, expires_at } = verification;
        let stored = StoredLink {
            created_at: now,
            updated_at: now,
            value: user.0.clone(),
            identifier: identifier.clone(),
            expires_at: *expires_at,
            epoch: *epoch,
        };
        let json = serde_json::to_string(&stored).map_err(Error::internal)?;
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

    pub(super) async fn put_value(&self, new: NewValue<'_>, now: DateTime<Utc>) -> Result<()> {
        let NewValue { identifier, value, expires_at } = new;
        let (value, epoch) = (value.to_owned(), None);
        let secret = MailedSecret { value, created_at: now, expires_at, epoch };
        self.put_mailed(identifier, secret, now).await
    }

    pub(super) async fn put_mailed(
        &self,
        identifier: &str,
        secret: MailedSecret,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let MailedSecret { value, created_at, expires_at, epoch } = secret;
        let identifier = identifier.to_owned();
        let stored =
            StoredLink { created_at, updated_at: now, value, identifier, expires_at, epoch };
        let json = serde_json::to_string(&stored).map_err(Error::internal)?;
        let seconds = (expires_at - now).num_seconds().max(1);
        let mut command = redis::cmd("SET");
        command.arg(self.key(&stored.identifier)).arg(json).arg("EX").arg(seconds);
        self.redis.query(&command).await
    }

    pub(super) async fn find_value(&self, identifier: &str) -> Result<Option<String>> {
        Ok(self.redis.get(&self.key(identifier)).await?.and_then(|text| value_of(&text)))
    }

    pub(super) async fn take_value(&self, identifier: &str) -> Result<Option<String>> {
        let text: Option<String> =
            self.redis.query(redis::cmd("GETDEL").arg(self.key(identifier))).await?;
        Ok(text.and_then(|text| value_of(&text)))
    }

    pub(super) async fn take_current_value(
        &self,
        identifier: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<CurrentValue>> {
        let text: Option<String> =
            self.redis.query(redis::cmd("GETDEL").arg(self.key(identifier))).await?;
        let stored = text.and_then(|text| serde_json::from_str::<StoredLink>(&text).ok());
        let current = stored.filter(|stored| stored.expires_at >= now);
        Ok(current.map(|StoredLink { value, expires_at, .. }| CurrentValue { value, expires_at }))
    }

    pub(super) async fn take_mailed(&self, identifier: &str) -> Result<Option<MailedSecret>> {
        let text: Option<String> =
            self.redis.query(redis::cmd("GETDEL").arg(self.key(identifier))).await?;
        let stored = text.and_then(|text| serde_json::from_str::<StoredLink>(&text).ok());
        Ok(stored.map(|stored| {
            let StoredLink { created_at, value, expires_at, epoch, .. } = stored;
            MailedSecret { value, created_at, expires_at, epoch }
        }))
    }

    pub(super) async fn find(&self, identifier: &str, now: DateTime<Utc>) -> Result<Option<Link>> {
        let text = self.redis.get(&self.key(identifier)).await?;
        self.valid(text, now).await
    }

    pub(super) async fn take(&self, identifier: &str, now: DateTime<Utc>) -> Result<Option<Link>> {
        let text = self.redis.query(redis::cmd("GETDEL").arg(self.key(identifier))).await?;
        self.valid(text, now).await
    }

    /// Parses a link. Returns `None` if it has expired or began before the cutoff.
    async fn valid(&self, text: Option<String>, now: DateTime<Utc>) -> Result<Option<Link>> {
        let stored = text.and_then(|text| serde_json::from_str::<StoredLink>(&text).ok());
        let Some(stored) = stored.filter(|stored| stored.expires_at >= now) else {
            return Ok(None);
        };
        let link = Link { user: UserId(stored.value), epoch: stored.epoch };
        if link.epoch.is_some() {
            return Ok(Some(link));
        }
        let cutoff = self.redis.get(&self.cutoff(&link.user)).await?;
        let cutoff = cutoff.and_then(|cutoff| cutoff.parse().ok());
        let is_valid = cutoff.is_none_or(|cutoff| stored.created_at.timestamp_millis() >= cutoff);
        Ok(is_valid.then_some(link))
    }

    pub(super) async fn delete_all_of(&self, user: &UserId) -> Result<()> {
        let keys = [self.identifiers(user), self.cutoff(user)];
        let links = self.key("");
        let arguments = [
            links.as_str(),
            &self.clock.now().timestamp_millis().to_string(),
            &CUTOFF_LIFETIME.num_seconds().to_string(),
        ];
        self.redis.run(DELETE_ALL, &keys.each_ref().map(String::as_str), &arguments).await
    }
}
