//! Counts in Redis, for all processes on it. Those of requests are better-auth's own:
//! `increment` of its secondary storage, shared with Node servers.
//!
//! A window of better-auth's begins with the first request here and ends whatever
//! comes, and refused requests are counted, too: it has it so in this storage.

use domain::Result;
use redis::FromRedisValue;

use super::rule::{Failures, Rule};
use crate::redis::Redis;

/// How long a count lasts, which is no longer than its window of so many seconds: the
/// machine's clock may have gone back.
const LEFT: &str = "
local function left(key, seconds)
  local millis = redis.call('PTTL', key)
  if millis >= 0 and millis <= seconds * 1000 then return math.max(millis, 1) end
  redis.call('EXPIRE', key, seconds)
  return seconds * 1000
end
";

/// Counts one in a window: `KEYS` count; `ARGV` seconds, most. How many milliseconds to
/// wait, or nothing.
const COUNT: &str = "
local times = redis.call('INCR', KEYS[1])
if times == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
if times <= tonumber(ARGV[2]) then return 0 end
return left(KEYS[1], ARGV[1])
";

/// Takes one out of a bucket: `KEYS` when all will be given back; `ARGV` now, how far
/// ahead that may be, how long one takes to be given back, after when it is of a clock that
/// went back, what counts instead. As [`COUNT`].
const POUR: &str = "
local now = tonumber(ARGV[1])
local last = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
if last > tonumber(ARGV[4]) then last = tonumber(ARGV[5]) end
local wait = last - now - tonumber(ARGV[2])
if wait > 0 then return wait end
last = last + tonumber(ARGV[3])
redis.call('SET', KEYS[1], string.format('%.0f', last), 'PX', last - now)
return 0
";

/// Counts one in each window, if all have room: `KEYS` counts; `ARGV` seconds, then of
/// each the most. As [`COUNT`], but what is refused is not counted.
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

/// Takes one back from each window: `KEYS` counts.
const GIVE_BACK: &str = "
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

    /// Counts one, or says how many milliseconds to wait. A script counts and decides,
    /// so that of many at the same moment no more than `rule` says pass.
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
            Rule::Bucket { every: price, .. } | Rule::Priced { price, .. } => {
                (POUR, vec![now, rule.ahead(), price, rule.latest(now), rule.instead(now)])
            }
        };
        let script = format!("{LEFT}{script}");
        let arguments: Vec<_> = arguments.iter().map(i64::to_string).collect();
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let wait: i64 = self.0.run(&script, &[&key], &arguments).await?;
        Ok(if wait == 0 { Ok(()) } else { Err(wait) })
    }

    /// Counts one of each, or none of them and says how many milliseconds to wait.
    pub(super) async fn consume(
        &self,
        failures: &[Failures],
    ) -> Result<std::result::Result<(), i64>> {
        let seconds = (Failures::LENGTH / 1000).to_string();
        let most = failures.iter().map(|failures| failures.max.to_string());
        let arguments: Vec<_> = [seconds].into_iter().chain(most).collect();
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let wait: i64 = self.run(&format!("{LEFT}{COUNT_ALL}"), failures, &arguments).await?;
        Ok(if wait == 0 { Ok(()) } else { Err(wait) })
    }

    /// Takes one of each back.
    pub(super) async fn refund(&self, failures: &[Failures]) -> Result<()> {
        self.run(GIVE_BACK, failures, &[]).await
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
