//! The rules of limits. Times are milliseconds, instants those since 1970.

use domain::clock;

const SKEW: i64 = clock::SKEW.num_milliseconds();

/// A limit of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// At most `max` in a window that restarts with each allowed request, and ends when `length`
    /// has passed without one: better-auth's rule.
    Sliding { length: i64, max: u32 },
    /// At most `max` in a window of `length` that begins with the first request. A client that
    /// continues slowly is never blocked.
    Fixed { length: i64, max: u32 },
    /// At most `burst` at once; one is restored in each interval `every`.
    Bucket { burst: u32, every: i64 },
    /// A budget that is restored over `length`; this request takes `cost` of it.
    Weighted { length: i64, cost: i64 },
}

/// The limit of failures of one key per minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failures {
    pub(crate) key: String,
    /// The maximum number of failures.
    pub(crate) max: u32,
}

impl Failures {
    /// The window in milliseconds.
    pub(super) const LENGTH: i64 = 60_000;

    pub(super) fn rule(&self) -> Rule {
        Rule::Fixed { length: Self::LENGTH, max: self.max }
    }
}

/// The count of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Count {
    /// The number of allowed requests in this window.
    pub(super) times: u32,
    /// Of a sliding window the last allowed request, of a fixed one its beginning, of a bucket the
    /// instant when it is full again.
    pub(super) last: i64,
}

impl Rule {
    /// The count of a key without a count, or with an expired one.
    pub(super) fn first(self, now: i64) -> Count {
        let last = match self {
            Self::Sliding { .. } | Self::Fixed { .. } => now,
            Self::Bucket { every: cost, .. } | Self::Weighted { cost, .. } => now + cost,
        };
        Count { times: 1, last }
    }

    /// A count whose `last` is not after this has expired.
    pub(super) fn expiry(self, now: i64) -> i64 {
        match self {
            Self::Sliding { length, .. } | Self::Fixed { length, .. } => now - length,
            Self::Bucket { .. } | Self::Weighted { .. } => now,
        }
    }

    /// How far a bucket's `last` may be ahead of now for a further request.
    pub(super) fn ahead(self) -> i64 {
        match self {
            Self::Sliding { .. } | Self::Fixed { .. } => 0,
            Self::Bucket { burst, every } => i64::from(burst.saturating_sub(1)) * every,
            Self::Weighted { length, cost } => (length - cost).max(0),
        }
    }

    /// The latest `last` that a clock in agreement with ours can have written.
    pub(super) fn latest(self, now: i64) -> i64 {
        let ahead = match self {
            Self::Sliding { .. } | Self::Fixed { .. } => 0,
            Self::Bucket { burst, every } => i64::from(burst) * every,
            Self::Weighted { length, .. } => length,
        };
        now + ahead + SKEW
    }

    /// Replaces a `last` after [`Self::latest`]: a window begins now, and a bucket allows one
    /// request. Thus no client waits until the clock reaches its old time.
    pub(super) fn replacement(self, now: i64) -> i64 {
        now + self.ahead()
    }

    /// `last`, or its replacement if the clock went back.
    pub(super) fn clamped(self, last: i64, now: i64) -> i64 {
        if last > self.latest(now) { self.replacement(now) } else { last }
    }

    /// The count with a further request, or the time until one is allowed.
    pub(super) fn step(self, before: Option<Count>, now: i64) -> Result<Count, i64> {
        let Some(Count { times, last }) = before.filter(|count| count.last > self.expiry(now))
        else {
            return Ok(self.first(now));
        };
        let (is_allowed, next) = match self {
            Self::Sliding { max, .. } => (times < max, now),
            Self::Fixed { max, .. } => (times < max, last),
            Self::Bucket { every: cost, .. } | Self::Weighted { cost, .. } => {
                (last <= now + self.ahead(), last + cost)
            }
        };
        if is_allowed {
            Ok(Count { times: times.saturating_add(1), last: next })
        } else {
            Err(self.wait(last, now))
        }
    }

    /// The time until a full count allows a request.
    pub(super) fn wait(self, last: i64, now: i64) -> i64 {
        match self {
            Self::Sliding { length, .. } | Self::Fixed { length, .. } => last + length - now,
            Self::Bucket { .. } | Self::Weighted { .. } => last - self.ahead() - now,
        }
    }

    /// The instant after which a count may be deleted.
    pub(super) fn end(self, count: Count) -> i64 {
        match self {
            Self::Sliding { length, .. } | Self::Fixed { length, .. } => count.last + length,
            Self::Bucket { .. } | Self::Weighted { .. } => count.last,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The decisions at these instants.
    fn run(rule: Rule, instants: &[i64]) -> Vec<Result<(), i64>> {
        let mut count = None;
        let step = |now: &i64| {
            rule.step(count, *now).map(|next| {
                count = Some(next);
            })
        };
        instants.iter().map(step).collect()
    }

    /// Recorded from better-auth with one sign-in per second, 2026-11-20: 3 are allowed, then 429
    /// with `X-Retry-After` 9, 8, …
    #[test]
    fn a_sliding_window_restarts_with_each_allowed_request() {
        let rule = Rule::Sliding { length: 10_000, max: 3 };
        let instants = [0, 1_000, 2_000, 3_000, 4_000, 11_999, 12_000];
        let expected = [Ok(()), Ok(()), Ok(()), Err(9_000), Err(8_000), Err(1), Ok(())];
        assert_eq!(run(rule, &instants), expected);
    }

    #[test]
    fn a_fixed_window_ends_independent_of_requests() {
        let rule = Rule::Fixed { length: 60_000, max: 2 };
        let instants = [0, 50_000, 59_999, 60_000, 70_000, 80_000];
        let expected = [Ok(()), Ok(()), Err(1), Ok(()), Ok(()), Err(40_000)];
        assert_eq!(run(rule, &instants), expected);
    }

    #[test]
    fn a_bucket_restores_one_at_a_time() {
        let rule = Rule::Bucket { burst: 3, every: 100 };
        let instants = [0, 0, 0, 0, 99, 100, 100, 199, 200, 1_000, 1_000, 1_000, 1_000];
        let ok = Ok(());
        let expected =
            [ok, ok, ok, Err(100), Err(1), ok, Err(100), Err(1), ok, ok, ok, ok, Err(100)];
        assert_eq!(run(rule, &instants), expected);
    }

    #[test]
    fn a_more_expensive_request_waits_longer() {
        let mut count = None;
        let mut take = |cost, now| {
            let step = Rule::Weighted { length: 1_000, cost }.step(count, now);
            step.map(|next| count = Some(next))
        };
        assert_eq!(take(600, 0), Ok(()));
        assert_eq!(take(600, 0), Err(200));
        assert_eq!(take(400, 0), Ok(()));
        assert_eq!(take(1, 0), Err(1));
        assert_eq!(take(100, 99), Err(1));
        assert_eq!(take(100, 100), Ok(()));
        // More than the whole budget: one at a time.
        assert_eq!(take(5_000, 1_099), Err(1));
        assert_eq!(take(5_000, 1_100), Ok(()));
        assert_eq!(take(1, 5_100), Err(1));
    }

    #[test]
    fn a_small_clock_difference_changes_no_count() {
        for (rule, full) in [
            (Rule::Fixed { length: 60_000, max: 2 }, 0),
            (Rule::Bucket { burst: 3, every: 60_000 }, 180_000),
            (Rule::Weighted { length: 60_000, cost: 1 }, 60_000),
        ] {
            let now = 1_000_000;
            assert_eq!(rule.clamped(now + full + SKEW, now), now + full + SKEW);
            assert_eq!(rule.clamped(now + full + SKEW + 1, now), now + rule.ahead());
        }
    }
}
