//! How often one client may call one route, in better-auth's windows.
//!
//! Counted in memory per process, by address (IPv6 by its /64) and route; unknown
//! paths are not counted, so that nobody fills the memory with invented ones.
//! A window begins anew with each allowed request and ends when its length has
//! passed without one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, StatusCode, header::RETRY_AFTER},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::Clock;

use crate::{code::Uncoded, context::Context, error::AuthError, extract::Address};

pub(crate) const TOO_MANY_REQUESTS: Uncoded =
    Uncoded::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests. Please try again later.");
pub(crate) const X_RETRY_AFTER: HeaderName = HeaderName::from_static("x-retry-after");
/// Clients times routes that are remembered at once.
const CAPACITY: usize = 100_000;
/// How often forgotten clients are swept out, in milliseconds.
const SWEEP: i64 = 10_000;

/// At most `max` requests in a window of `window` milliseconds.
#[derive(Clone, Copy)]
struct Rule {
    window: i64,
    max: u32,
}

const ORDINARY: Rule = Rule { window: 10_000, max: 100 };
const SIGNING_IN: Rule = Rule { window: 10_000, max: 3 };

/// The rule of a path below the base path.
fn rule(path: &str) -> Rule {
    if path.starts_with("/sign-in") || path.starts_with("/sign-up") { SIGNING_IN } else { ORDINARY }
}

/// No address known: such clients share one count.
type Key = (Option<Address>, String);

struct Count {
    requests: u32,
    /// When the last request was allowed, in milliseconds since 1970.
    last: i64,
    /// When this may be forgotten.
    end: i64,
}

/// The counts.
pub(crate) struct RateLimiter {
    clock: Clock,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    by_key: HashMap<Key, Count>,
    next_sweep: i64,
}

impl RateLimiter {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, counts: Mutex::default() }
    }

    /// Counts a request; if it is one too many, says after how many seconds the
    /// next may come.
    fn count(&self, address: Option<Address>, path: &str) -> Result<(), i64> {
        let now = self.clock.now().timestamp_millis();
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.make_room(now);
        counts.step((address, path.to_owned()), rule(path), now)
    }
}

impl Counts {
    fn step(&mut self, key: Key, rule: Rule, now: i64) -> Result<(), i64> {
        let fresh = Count { requests: 0, last: now, end: now };
        let count = self.by_key.entry(key).or_insert(fresh);
        if now - count.last >= rule.window {
            count.requests = 0;
        }
        if count.requests >= rule.max {
            let left = count.last + rule.window - now;
            return Err((left + 999) / 1000);
        }
        count.requests += 1;
        count.last = now;
        count.end = now + rule.window;
        Ok(())
    }

    /// Forgets windows that are over, and somebody at random when all are full.
    fn make_room(&mut self, now: i64) {
        if now >= self.next_sweep {
            self.by_key.retain(|_, count| count.end > now);
            self.next_sweep = now + SWEEP;
        }
        if self.by_key.len() >= CAPACITY
            && let Some(key) = self.by_key.keys().next().cloned()
        {
            self.by_key.remove(&key);
        }
    }
}

/// Refuses what is too much with 429 and better-auth's body, which has no code.
pub(crate) async fn limit(
    State(context): State<Arc<Context>>,
    path: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    let Some(limiter) = &context.limiter else { return next.run(request).await };
    let path = path.as_str().strip_prefix(&context.base_path).unwrap_or(path.as_str());
    match limiter.count(Address::of(request.extensions()), path) {
        Ok(()) => next.run(request).await,
        Err(seconds) => {
            tracing::info!(path, "too many requests of one client");
            let refusal = AuthError::from(TOO_MANY_REQUESTS);
            let headers =
                [(X_RETRY_AFTER, seconds.to_string()), (RETRY_AFTER, seconds.to_string())];
            (headers, refusal).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use chrono::{DateTime, TimeDelta};

    use super::*;

    fn address(text: &str) -> Address {
        text.parse::<IpAddr>().unwrap().into()
    }

    fn limiter() -> (RateLimiter, Clock) {
        let clock = Clock::manual(DateTime::UNIX_EPOCH + TimeDelta::days(20_000));
        (RateLimiter::new(clock.clone()), clock)
    }

    /// As better-auth 1.7.7 answers a sign-in a second, 2026-11-20: 3 pass, then 429
    /// with `X-Retry-After` 9, 8, …
    #[test]
    fn a_window_begins_anew_with_each_allowed_request() {
        let (limiter, clock) = limiter();
        let sign_in = || {
            let answer = limiter.count(Some(address("192.0.2.1")), "/sign-in/email");
            clock.advance(TimeDelta::seconds(1));
            answer
        };
        for expected in [Ok(()), Ok(()), Ok(()), Err(9), Err(8)] {
            assert_eq!(sign_in(), expected);
        }
        clock.advance(TimeDelta::milliseconds(6_999));
        assert_eq!(limiter.count(Some(address("192.0.2.1")), "/sign-in/email"), Err(1));
        clock.advance(TimeDelta::milliseconds(1));
        assert_eq!(limiter.count(Some(address("192.0.2.1")), "/sign-in/email"), Ok(()));
    }

    #[test]
    fn clients_and_routes_are_counted_apart() {
        let (limiter, _) = limiter();
        let exhaust = |who, path| while limiter.count(who, path).is_ok() {};
        exhaust(Some(address("2001:db8:1:2::1")), "/sign-in/email");
        assert!(limiter.count(Some(address("2001:db8:1:2:ffff::9")), "/sign-in/email").is_err());
        assert!(limiter.count(Some(address("2001:db8:1:3::1")), "/sign-in/email").is_ok());
        assert!(limiter.count(Some(address("2001:db8:1:2::1")), "/sign-up/email").is_ok());
        assert!(limiter.count(None, "/sign-in/email").is_ok());
        exhaust(None, "/sign-in/email");
        assert!(limiter.count(None, "/sign-in/email").is_err());
    }

    #[test]
    fn other_routes_take_a_hundred() {
        let (limiter, _) = limiter();
        let allowed = (0..200).filter(|_| limiter.count(None, "/get-session").is_ok()).count();
        assert_eq!(allowed, 100);
    }

    #[test]
    fn memory_is_bounded_and_given_back() {
        let (limiter, clock) = limiter();
        let len = || limiter.counts.lock().unwrap().by_key.len();
        for i in 0..(u32::try_from(CAPACITY).unwrap() + 500) {
            let address = Address::from(IpAddr::from(i.to_be_bytes()));
            limiter.count(Some(address), "/ok").unwrap();
        }
        assert_eq!(len(), CAPACITY);
        clock.advance(TimeDelta::seconds(10));
        limiter.count(None, "/ok").unwrap();
        assert_eq!(len(), 1);
    }
}
