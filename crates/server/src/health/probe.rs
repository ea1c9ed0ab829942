//! One check of all parts at a time, for whoever asks.
//!
//! Anybody may ask, as often as they like: a check is made once in [`CACHE_TIME`] and answers all
//! who ask meanwhile. It runs in a task of its own, so that nobody who goes away ends it
//! halfway.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use auth::Auth;
use chrono::{DateTime, TimeDelta, Utc};
use database::Database;
use domain::Clock;
use tokio::{sync::watch, time::timeout};

use super::parts::{self, Failed};

/// How long an answer is valid.
const CACHE_TIME: TimeDelta = TimeDelta::seconds(2);
/// How long a caller waits for an answer; a check takes less.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(950);

/// The names of parts that failed.
type Names = Arc<[&'static str]>;

/// Checks the parts that a server needs.
pub(crate) struct Probe {
    parts: Arc<Parts>,
    latest: Mutex<Option<Check>>,
}

struct Parts {
    db: Database,
    auth: Auth,
    /// Those that failed the last time, to log what changes.
    failed: Mutex<Names>,
}

struct Check {
    begun: DateTime<Utc>,
    /// `None` until it has ended.
    answer: watch::Receiver<Option<Names>>,
}

impl Check {
    /// Whether it is under way, or has ended not long ago.
    fn is_current(&self, now: DateTime<Utc>) -> bool {
        if self.answer.borrow().is_none() {
            // Otherwise it was ended halfway.
            return self.answer.has_changed().is_ok();
        }
        // The clock may have gone back.
        (TimeDelta::zero()..CACHE_TIME).contains(&(now - self.begun))
    }
}

impl Probe {
    pub(crate) fn new(db: Database, auth: Auth) -> Self {
        let parts = Parts { db, auth, failed: Mutex::new(Arc::default()) };
        Self { parts: Arc::new(parts), latest: Mutex::default() }
    }

    /// The names of the parts that do not work, within a second.
    pub(crate) async fn failed(&self, clock: &Clock) -> Names {
        let mut answer = self.latest(clock.now());
        match timeout(ANSWER_TIMEOUT, answer.wait_for(Option::is_some)).await {
            Ok(Ok(names)) => names.clone().unwrap_or_default(),
            _ => Arc::new(["server.probe"]),
        }
    }

    fn latest(&self, now: DateTime<Utc>) -> watch::Receiver<Option<Names>> {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(check) = latest.as_ref().filter(|check| check.is_current(now)) {
            return check.answer.clone();
        }
        let (sender, answer) = watch::channel(None);
        let parts = Arc::clone(&self.parts);
        tokio::spawn(async move { sender.send_replace(Some(parts.check().await)) });
        *latest = Some(Check { begun: now, answer: answer.clone() });
        answer
    }
}

impl Parts {
    async fn check(&self) -> Names {
        let redis = async {
            match self.auth.redis() {
                Some(redis) => parts::redis(redis).await,
                None => None,
            }
        };
        let (mut failed, of_redis) = tokio::join!(parts::database(&self.db), redis);
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
