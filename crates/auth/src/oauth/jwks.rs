//! The JWKS of providers, cached.
//!
//! - A set is requested when a token needs it, and again after [`MAX_AGE`].
//! - A token whose key the set lacks, e.g. after a rotation of keys, requests it again, unless a
//!   request began less than [`COOLDOWN`] ago: such tokens are easy to make.
//! - One request of a set runs at a time. Meanwhile, tokens are verified by the old set; without
//!   one, they wait for the result.
//! - A failing request keeps the old set, up to [`MAX_STALE`].

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use chrono::{DateTime, TimeDelta, Utc};
use crypto::{
    jwk::{Algorithm, Jwks, Refused},
    jwt::Claims,
};
use domain::Clock;
use http_client::{HttpClient, HttpError};
use tokio::sync::Mutex as AsyncMutex;
use url::Url;

/// After this time, a set is requested again.
const MAX_AGE: TimeDelta = TimeDelta::minutes(10);
/// The minimum time between two requests of a set.
const COOLDOWN: TimeDelta = TimeDelta::seconds(30);
/// After this time, a set is not used although it cannot be requested again.
const MAX_STALE: TimeDelta = TimeDelta::hours(24);

/// The JWKS, by URL: at most one for each provider.
#[derive(Default)]
pub(crate) struct JwksCache(Mutex<HashMap<Url, Arc<CachedJwks>>>);

/// Why a token is not verified by a JWKS.
#[derive(Clone, Debug)]
pub(crate) enum JwksError {
    /// The set's keys refuse it.
    Refused(Refused),
    /// The request failed.
    Http(Arc<HttpError>),
    /// The response is no JWKS, or has no usable key.
    NoKeys,
}

impl JwksCache {
    /// Returns the claims of a token that a key of the set at `source` signed.
    pub(crate) async fn verify(
        &self,
        source: Source<'_>,
        token: &str,
        allowed: &[Algorithm],
    ) -> Result<Claims, JwksError> {
        let cached = self.of(source.url);
        let fetched = cached.current(source).await?;
        let verified = match fetched.keys.verify(token, allowed) {
            Err(Refused::UnknownKey) => match cached.newer(source, &fetched).await {
                Some(newer) => newer.keys.verify(token, allowed),
                None => Err(Refused::UnknownKey),
            },
            verified => verified,
        };
        verified.map_err(JwksError::Refused)
    }

    fn of(&self, url: &Url) -> Arc<CachedJwks> {
        let mut sets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(sets.entry(url.clone()).or_default())
    }
}

/// Where a JWKS is requested.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) http: &'a HttpClient,
    pub(crate) clock: &'a Clock,
    pub(crate) url: &'a Url,
    pub(crate) headers: &'a [(String, String)],
}

#[derive(Default)]
struct CachedJwks {
    fetched: RwLock<Option<Arc<Fetched>>>,
    /// Held while a request runs.
    latest: AsyncMutex<Latest>,
    /// The number of requests that have ended.
    ended: AtomicU64,
}

struct Fetched {
    keys: Jwks,
    at: DateTime<Utc>,
}

/// The latest request.
#[derive(Default)]
struct Latest {
    began: Option<DateTime<Utc>>,
    error: Option<JwksError>,
}

impl CachedJwks {
    /// The set, requested if it is missing or old.
    async fn current(&self, source: Source<'_>) -> Result<Arc<Fetched>, JwksError> {
        if let Some(fetched) = self.fresh(source) {
            return Ok(fetched);
        }
        let (ended, usable) = (self.ended(), self.within(MAX_STALE, source));
        let mut latest = match (self.latest.try_lock(), usable) {
            (Ok(latest), _) => latest,
            // The old set, while another task requests the new one.
            (Err(_), Some(usable)) => return Ok(usable),
            (Err(_), None) => self.latest.lock().await,
        };
        if let Some(fetched) = self.fresh(source) {
            return Ok(fetched);
        }
        let usable = self.within(MAX_STALE, source);
        if ended != self.ended() || usable.is_some() && latest.is_recent(source) {
            // Another task's request failed while this one waited, or a short time ago.
            return usable.ok_or_else(|| latest.error.clone().unwrap_or(JwksError::NoKeys));
        }
        match self.request(source, &mut latest).await {
            Ok(fetched) => Ok(fetched),
            Err(error) => usable.ok_or(error),
        }
    }

    /// A set that was requested after `seen`. `None` if none may be requested, or that failed.
    async fn newer(&self, source: Source<'_>, seen: &Arc<Fetched>) -> Option<Arc<Fetched>> {
        let mut latest = self.latest.lock().await;
        let now = self.within(MAX_STALE, source);
        if let Some(fetched) = now.filter(|fetched| !Arc::ptr_eq(fetched, seen)) {
            return Some(fetched);
        }
        if latest.is_recent(source) {
            return None;
        }
        self.request(source, &mut latest).await.ok()
    }

    async fn request(
        &self,
        source: Source<'_>,
        latest: &mut Latest,
    ) -> Result<Arc<Fetched>, JwksError> {
        let Source { http, clock, url, headers } = source;
        latest.began = Some(clock.now());
        let headers: Vec<_> = headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        let requested = http.get_json(url.as_str(), &headers).await;
        self.ended.fetch_add(1, Ordering::Relaxed);
        let keys = match requested {
            Ok(document) => Jwks::parse(&document).filter(|keys| !keys.is_empty()),
            Err(error) => return Err(latest.failed(url, JwksError::Http(Arc::new(error)))),
        };
        let keys = keys.ok_or_else(|| latest.failed(url, JwksError::NoKeys))?;
        latest.error = None;
        let fetched = Arc::new(Fetched { keys, at: clock.now() });
        *self.fetched.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&fetched));
        Ok(fetched)
    }

    fn fresh(&self, source: Source<'_>) -> Option<Arc<Fetched>> {
        self.within(MAX_AGE, source)
    }

    /// The set, if it was requested within this time.
    fn within(&self, age: TimeDelta, source: Source<'_>) -> Option<Arc<Fetched>> {
        let fetched = self.fetched.read().unwrap_or_else(PoisonError::into_inner).clone()?;
        (source.clock.now() - fetched.at < age).then_some(fetched)
    }

    fn ended(&self) -> u64 {
        self.ended.load(Ordering::Relaxed)
    }
}

impl Latest {
    /// Whether the latest request began less than [`COOLDOWN`] ago.
    fn is_recent(&self, source: Source<'_>) -> bool {
        let now = source.clock.now();
        // A clock that was set back is no reason to wait.
        self.began.is_some_and(|began| began <= now && now - began < COOLDOWN)
    }

    fn failed(&mut self, url: &Url, error: JwksError) -> JwksError {
        tracing::warn!(host = url.host_str(), %error, "JWKS not available");
        self.error = Some(error.clone());
        error
    }
}

impl fmt::Display for JwksError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refused) => write!(f, "token refused: {refused:?}"),
            Self::Http(error) => error.fmt(f),
            Self::NoKeys => f.write_str("the response has no key for signatures"),
        }
    }
}

#[cfg(test)]
mod tests;
