//! Counts in Redis, for all processes on it. Counts of requests have the format of better-auth's
//! secondary storage (`increment`), shared with Node servers.
//!
//! As in better-auth with this storage, a window begins with its first request, has a fixed
//! length, and counts refused requests, too.

use domain::Result;
use redis::FromRedisValue;

use super::rule::{Failures, Rule};
use crate::redis::Redis;

/// The remaining lifetime of a count, bounded by its window in seconds, because the machine's clock
/// may have gone back.
const LEFT: &str = "
local function left(key, seconds)
  local millis = redis.call('PTTL', key)
  if millis >= 0 and millis <= seconds * 1000 then return math.max(millis, 1) end
  redis.call('EXPIRE', key, seconds)
  return seconds * 1000
end
";

/// Counts a request in a window. `KEYS`: count. `ARGV`: seconds, limit. Returns the milliseconds
/// to wait, or 0.
const COUNT: &str = "
local times = redis.call('INCR', KEYS[1])
if times == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
if times <= tonumber(ARGV[2]) then return 0 end
return left(KEYS[1], ARGV[1])
";

/// Takes a request from a bucket. `KEYS`: the instant when it is full again. `ARGV`: now, how far
/// that may be ahead, the time to restore one, the latest plausible instant, its replacement.
/// Returns as [`COUNT`].
const TAKE: &str = "
local now = tonumber(ARGV[1])
local last = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
if last > tonumber(ARGV[4]) then last = tonumber(ARGV[5]) end
local wait = last - now - tonumber(ARGV[2])
if wait > 0 then return wait end
last = last + tonumber(ARGV[3])
redis.call('SET', KEYS[1], string.format('%.0f', last), 'PX', last - now)
return 0
";

/// Counts a failure in every window, if all are within their limits. `KEYS`: counts. `ARGV`:
/// seconds, then the limit of each. Returns as [`COUNT`]; a refused failure is not counted.
const COUNT_ALL: &str = "
for i, key in ipairs(KEYS) do
  if tonumber(redis.call('GET', key) or 0) >= tonumber(ARGV[i + 1]) then
    return left(key, ARGV[1])
  end
end
for _, key in ipairs(KEYS) do
  if redis.call('INCR', key) == 1 then redis.call('EXPIRE', key, ARGV[1]) end
end
return 0
";

/// Removes a failure from every window. `KEYS`: counts.
const REFUND: &str = "
for _, key in ipairs(KEYS) do
  if tonumber(redis.call('GET', key) or 0) > 0 then redis.call('DECR', key) end
end
";

/// Counts in Redis.
pub(super) struct RedisStore(Redis);

impl RedisStore {
    pub(super) fn new(redis: Redis) -> Self {
        Self(redis)
    }

    /// Counts a request, or returns the milliseconds to wait. One script counts and decides, so
    /// that concurrent requests cannot exceed the limit.
    pub(super) async fn take(
        &self,
        key: &str,
        rule: Rule,
        now: i64,
    ) -> Result<std::result::Result<(), i64>> {
        let key = self.0.key(key);
        let (script, arguments) = match rule {
            Rule::Sliding { length, max } | Rule::Fixed { length, max } => {
                (COUNT, vec![length / 1000, max.into()])
            }
            Rule::Bucket { every: cost, .. } | Rule::Weighted { cost, .. } => {
                (TAKE, vec![now, rule.ahead(), cost, rule.latest(now), rule.replacement(now)])
            }
        };
        let script = format!("{LEFT}{script}");
        let arguments: Vec<_> = arguments.iter().map(i64::to_string).collect();
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let wait: i64 = self.0.run(&script, &[&key], &arguments).await?;
        Ok(if wait == 0 { Ok(()) } else { Err(wait) })
    }

    /// Counts a failure of every key, or of none, and returns the milliseconds to wait.
    pub(super) async fn consume(
        &self,
        failures: &[Failures],
    ) -> Result<std::result::Result<(), i64>> {
        let seconds = (Failures::LENGTH / 1000).to_string();
        let limits = failures.iter().map(|failures| failures.max.to_string());
        let arguments: Vec<_> = [seconds].into_iter().chain(limits).collect();
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let wait: i64 = self.run(&format!("{LEFT}{COUNT_ALL}"), failures, &arguments).await?;
        Ok(if wait == 0 { Ok(()) } else { Err(wait) })
    }

    /// Removes a failure from every key.
    pub(super) async fn refund(&self, failures: &[Failures]) -> Result<()> {
        self.run(REFUND, failures, &[]).await
    }

    async fn run<T: FromRedisValue>(
        &self,
        script: &str,
        failures: &[Failures],
        arguments: &[&str],
    ) -> Result<T> {
        let keys: Vec<_> = failures.iter().map(|failures| self.0.key(&failures.key)).collect();
        let keys: Vec<_> = keys.iter().map(String::as_str).collect();
        self.0.run(script, &keys, arguments).await
    }
}
