//! What a rule lets through. Times are milliseconds, instants those since 1970.

use domain::clock;

const SKEW: i64 = clock::SKEW.num_milliseconds();

/// How much of something there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// At most `max` in a window that begins anew with each one let through, and ends
    /// when `length` has passed without one: better-auth's.
    Sliding { length: i64, max: u32 },
    /// At most `max` in a window of `length` that begins with the first one. Whoever
    /// goes on slowly is never shut out.
    Fixed { length: i64, max: u32 },
    /// `burst` at once; one more is given back `every` so often.
    Bucket { burst: u32, every: i64 },
    /// As many at once as are given back in `length`; this one takes `price` of that.
    Priced { length: i64, price: i64 },
}

/// How often something may go wrong within a minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failures {
    /// Of what.
    pub(crate) key: String,
    /// How often.
    pub(crate) max: u32,
}

impl Failures {
    /// Milliseconds.
    pub(super) const LENGTH: i64 = 60_000;

    pub(super) fn rule(&self) -> Rule {
        Rule::Fixed { length: Self::LENGTH, max: self.max }
    }
}

/// What is known of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Count {
    /// How many were let through in this window.
    pub(super) times: u32,
    /// Of a sliding window the last one let through, of a fixed one its beginning, of a
    /// bucket when all will be given back.
    pub(super) last: i64,
}

impl Rule {
    /// The count of a key of which nothing is known, or nothing that still counts.
    pub(super) fn first(self, now: i64) -> Count {
        let last = match self {
            Self::Sliding { .. } | Self::Fixed { .. } => now,
            Self::Bucket { every: price, .. } | Self::Priced { price, .. } => now + price,
        };
        Count { times: 1, last }
    }

    /// A count whose `last` is not after this is over.
    pub(super) fn over(self, now: i64) -> i64 {
        match self {
            Self::Sliding { length, .. } | Self::Fixed { length, .. } => now - length,
            Self::Bucket { .. } | Self::Priced { .. } => now,
        }
    }

    /// How far ahead of now a bucket's `last` may be for one more.
    pub(super) fn ahead(self) -> i64 {
        match self {
            Self::Sliding { .. } | Self::Fixed { .. } => 0,
            Self::Bucket { burst, every } => i64::from(burst.saturating_sub(1)) * every,
            Self::Priced { length, price } => (length - price).max(0),
        }
    }

    /// No clock that agrees with ours has noted a `last` after this.
    pub(super) fn latest(self, now: i64) -> i64 {
        let ahead = match self {
            Self::Sliding { .. } | Self::Fixed { .. } => 0,
            Self::Bucket { burst, every } => i64::from(burst) * every,
            Self::Priced { length, .. } => length,
        };
        now + ahead + SKEW
    }

    /// What counts instead of a `last` after [`Self::latest`]: a window begins now, and a
    /// bucket has room for one. So nobody waits until the clock is again where it was.
    pub(super) fn instead(self, now: i64) -> i64 {
        now + self.ahead()
    }

    /// `last`, unless the clock went back since.
    pub(super) fn clamped(self, last: i64, now: i64) -> i64 {
        if last > self.latest(now) { self.instead(now) } else { last }
    }

    /// The count with one more, or how long until there is room.
    pub(super) fn step(self, before: Option<Count>, now: i64) -> Result<Count, i64> {
        let Some(Count { times, last }) = before.filter(|count| count.last > self.over(now)) else {
            return Ok(self.first(now));
        };
        let (has_room, next) = match self {
            Self::Sliding { max, .. } => (times < max, now),
            Self::Fixed { max, .. } => (times < max, last),
            Self::Bucket { every: price, .. } | Self::Priced { price, .. } => {
                (last <= now + self.ahead(), last + price)
            }
        };
        if has_room {
            Ok(Count { times: times.saturating_add(1), last: next })
        } else {
            Err(self.wait(last, now))
        }
    }

    /// How long until a full count has room.
    pub(super) fn wait(self, last: i64, now: i64) -> i64 {
        match self {
            Self::Sliding { length, .. } | Self::Fixed { length, .. } => last + length - now,
            Self::Bucket { .. } | Self::Priced { .. } => last - self.ahead() - now,
        }
    }

    /// When a count may be forgotten.
    pub(super) fn end(self, count: Count) -> i64 {
        match self {
            Self::Sliding { length, .. } | Self::Fixed { length, .. } => count.last + length,
            Self::Bucket { .. } | Self::Priced { .. } => count.last,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What happens at each of these instants.
    fn run(rule: Rule, instants: &[i64]) -> Vec<Result<(), i64>> {
        let mut count = None;
        let step = |now: &i64| {
            rule.step(count, *now).map(|next| {
                count = Some(next);
            })
        };
        instants.iter().map(step).collect()
    }

    /// As better-auth answers a sign-in a second, 2026-11-20: 3 pass, then 429
    /// with `X-Retry-After` 9, 8, …
    #[test]
    fn a_sliding_window_begins_anew_with_each_one_let_through() {
        let rule = Rule::Sliding { length: 10_000, max: 3 };
        let instants = [0, 1_000, 2_000, 3_000, 4_000, 11_999, 12_000];
        let expected = [Ok(()), Ok(()), Ok(()), Err(9_000), Err(8_000), Err(1), Ok(())];
        assert_eq!(run(rule, &instants), expected);
    }

    #[test]
    fn a_fixed_window_ends_however_it_is_used() {
        let rule = Rule::Fixed { length: 60_000, max: 2 };
        let instants = [0, 50_000, 59_999, 60_000, 70_000, 80_000];
        let expected = [Ok(()), Ok(()), Err(1), Ok(()), Ok(()), Err(40_000)];
        assert_eq!(run(rule, &instants), expected);
    }

    #[test]
    fn a_bucket_gives_one_back_so_often() {
        let rule = Rule::Bucket { burst: 3, every: 100 };
        let instants = [0, 0, 0, 0, 99, 100, 100, 199, 200, 1_000, 1_000, 1_000, 1_000];
        let ok = Ok(());
        let expected =
            [ok, ok, ok, Err(100), Err(1), ok, Err(100), Err(1), ok, ok, ok, ok, Err(100)];
        assert_eq!(run(rule, &instants), expected);
    }

    #[test]
    fn what_costs_more_waits_longer() {
        let mut count = None;
        let mut take = |price, now| {
            let step = Rule::Priced { length: 1_000, price }.step(count, now);
            step.map(|next| count = Some(next))
        };
        assert_eq!(take(600, 0), Ok(()));
        assert_eq!(take(600, 0), Err(200));
        assert_eq!(take(400, 0), Ok(()));
        assert_eq!(take(1, 0), Err(1));
        assert_eq!(take(100, 99), Err(1));
        assert_eq!(take(100, 100), Ok(()));
        // Dearer than everything: one at a time.
        assert_eq!(take(5_000, 1_099), Err(1));
        assert_eq!(take(5_000, 1_100), Ok(()));
        assert_eq!(take(1, 5_100), Err(1));
    }

    #[test]
    fn clocks_that_differ_a_little_change_no_count() {
        for (rule, full) in [
            (Rule::Fixed { length: 60_000, max: 2 }, 0),
            (Rule::Bucket { burst: 3, every: 60_000 }, 180_000),
            (Rule::Priced { length: 60_000, price: 1 }, 60_000),
        ] {
            let now = 1_000_000;
            assert_eq!(rule.clamped(now + full + SKEW, now), now + full + SKEW);
            assert_eq!(rule.clamped(now + full + SKEW + 1, now), now + rule.ahead());
        }
    }
}
