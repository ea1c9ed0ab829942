//! One check of all parts at a time, shared by all requests.
//!
//! Every client may send any number of probes: a check is made at most once in
//! [`CACHE_TIME`], and its result is the response to all probes meanwhile. The check runs in a task of its own, so
//! that a client that disconnects does not cancel it.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use auth::Auth;
use chrono::{DateTime, TimeDelta, Utc};
use database::Database;
use domain::Clock;
use tokio::{sync::watch, time::timeout};

use super::checks::{self, Failed};

/// How long a result is valid.
const CACHE_TIME: TimeDelta = TimeDelta::seconds(2);
/// How long a caller waits for a result; a check takes less.
const RESULT_TIMEOUT: Duration = Duration::from_millis(950);

/// The names of parts that failed.
type Names = Arc<[&'static str]>;

/// Checks the parts that the server needs.
pub(crate) struct Probe {
    clock: Clock,
    parts: Arc<Parts>,
    latest: Mutex<Option<Check>>,
}

struct Parts {
    db: Database,
    auth: Auth,
    /// Parts that failed in the last check, to log changes.
    failed: Mutex<Names>,
}

struct Check {
    begun: DateTime<Utc>,
    /// `None` until the check has ended.
    result: watch::Receiver<Option<Names>>,
}

impl Check {
    /// Whether the check is running, or ended within [`CACHE_TIME`].
    fn is_current(&self, now: DateTime<Utc>) -> bool {
        if self.result.borrow().is_none() {
            // Without a sender the task was canceled.
            return self.result.has_changed().is_ok();
        }
        // The clock may have been set back.
        (TimeDelta::zero()..CACHE_TIME).contains(&(now - self.begun))
    }
}

impl Probe {
    pub(crate) fn new(db: Database, auth: Auth, clock: Clock) -> Self {
        let parts = Parts { db, auth, failed: Mutex::new(Arc::default()) };
        Self { clock, parts: Arc::new(parts), latest: Mutex::default() }
    }

    /// The names of the parts that do not work, within a second.
    pub(crate) async fn failed(&self) -> Names {
        let mut result = self.latest(self.clock.now());
        match timeout(RESULT_TIMEOUT, result.wait_for(Option::is_some)).await {
            Ok(Ok(names)) => names.clone().unwrap_or_default(),
            _ => Arc::new(["server.probe"]),
        }
    }

    fn latest(&self, now: DateTime<Utc>) -> watch::Receiver<Option<Names>> {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(check) = latest.as_ref().filter(|check| check.is_current(now)) {
            return check.result.clone();
        }
        let (sender, result) = watch::channel(None);
        let parts = Arc::clone(&self.parts);
        tokio::spawn(async move { sender.send_replace(Some(parts.check().await)) });
        *latest = Some(Check { begun: now, result: result.clone() });
        result
    }
}

impl Parts {
    async fn check(&self) -> Names {
        let redis = async {
            match self.auth.redis() {
                Some(redis) => checks::redis(redis).await,
                None => None,
            }
        };
        let (mut failed, of_redis) = tokio::join!(checks::database(&self.db), redis);
        failed.extend(of_redis);
        self.note(&failed)
    }

    /// Logs changes since the last check.
    fn note(&self, failed: &[Failed]) -> Names {
        let names: Names = failed.iter().map(|failed| failed.part).collect();
        let mut before = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        for Failed { part, cause } in failed.iter().filter(|it| !before.contains(&it.part)) {
            tracing::error!(part, cause, "not ready: a part does not work");
        }
        if names.is_empty() && !before.is_empty() {
            tracing::info!("ready again");
        }
        *before = Arc::clone(&names);
        names
    }
}
