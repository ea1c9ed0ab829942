//! Watch of the sessions of open connections.
//!
//! A task reads all these sessions several times per second, and finds ended sessions and changed
//! users, whichever process changed them. So a connection ends within a second after its session,
//! and a withdrawn role is no longer used.

use std::{
    collections::HashMap,
    future::pending,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use auth::{Auth, SessionKey};
use domain::CurrentUser;
use graphql::Viewer;
use tokio::{
    sync::watch,
    task::AbortHandle,
    time::{Instant, MissedTickBehavior, interval},
};

use crate::telemetry::chain;

/// Time between two reads.
const INTERVAL: Duration = Duration::from_millis(400);
/// Time for which connections stay open while sessions cannot be read.
const UNREADABLE_TIMEOUT: Duration = Duration::from_secs(5);

/// The session of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SessionState {
    /// There is no session.
    Anonymous,
    /// The current state of the user.
    SignedIn(CurrentUser),
    Ended,
    /// Sessions could not be read for [`UNREADABLE_TIMEOUT`].
    Unknown,
}

impl SessionState {
    fn is_over(&self) -> bool {
        matches!(self, Self::Ended | Self::Unknown)
    }
}

/// The sessions of open connections.
pub(crate) struct Sessions {
    watched: Arc<Watched>,
    task: AbortHandle,
}

#[derive(Default)]
struct Watched(Mutex<HashMap<SessionKey, watch::Sender<SessionState>>>);

/// Receives the state of one connection's session.
#[derive(Clone, Debug)]
pub(crate) struct SessionWatch(watch::Receiver<SessionState>);

impl Sessions {
    /// Must be called within a Tokio runtime.
    pub(super) fn new(auth: Auth) -> Self {
        let watched = Arc::<Watched>::default();
        let task = tokio::spawn(watch_all(Arc::clone(&watched), auth)).abort_handle();
        Self { watched, task }
    }

    /// Watches a session that is currently valid.
    pub(crate) fn watch(&self, user: CurrentUser, key: SessionKey) -> SessionWatch {
        let mut watched = self.watched.lock();
        let sender =
            watched.entry(key).or_insert_with(|| watch::Sender::new(SessionState::SignedIn(user)));
        SessionWatch(sender.subscribe())
    }
}

impl Drop for Sessions {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl SessionWatch {
    /// Returns the watch of a connection without a session.
    pub(crate) fn anonymous() -> Self {
        Self(watch::Sender::new(SessionState::Anonymous).subscribe())
    }

    /// Returns the signed-in user.
    pub(crate) fn user(&self) -> Option<CurrentUser> {
        self.viewer().and_then(|viewer| viewer.0)
    }

    /// Returns the viewer of operations; `None` after the end of the session.
    pub(crate) fn viewer(&self) -> Option<Viewer> {
        match &*self.0.borrow() {
            SessionState::Anonymous => Some(Viewer(None)),
            SessionState::SignedIn(user) => Some(Viewer(Some(user.clone()))),
            SessionState::Ended | SessionState::Unknown => None,
        }
    }

    /// Waits until the session has ended or is unknown. Waits forever without a session.
    pub(crate) async fn ended(&mut self) -> SessionState {
        if let Ok(state) = self.0.wait_for(SessionState::is_over).await {
            return state.clone();
        }
        // There is no sender without a session, or during shutdown.
        pending().await
    }
}

impl Watched {
    fn lock(&self) -> MutexGuard<'_, HashMap<SessionKey, watch::Sender<SessionState>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes the sessions of closed connections, and returns the others.
    fn keys(&self) -> Vec<SessionKey> {
        let mut watched = self.lock();
        watched.retain(|_, sender| !sender.is_closed());
        watched.keys().cloned().collect()
    }

    /// Updates the sessions of `keys`, and removes ended ones.
    fn update(&self, keys: &[SessionKey], mut state: impl FnMut(&SessionKey) -> SessionState) {
        let mut watched = self.lock();
        for key in keys {
            let state = state(key);
            let is_signed_in = matches!(state, SessionState::SignedIn(_));
            if let Some(sender) = watched.get(key) {
                sender.send_if_modified(|known| {
                    let changed = *known != state;
                    *known = state;
                    changed
                });
            }
            if !is_signed_in {
                watched.remove(key);
            }
        }
    }
}

async fn watch_all(watched: Arc<Watched>, auth: Auth) {
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut read_at = Instant::now();
    // A failure is logged once.
    let mut is_logged = false;
    loop {
        let now = ticks.tick().await;
        let keys = watched.keys();
        if keys.is_empty() {
            read_at = now;
            continue;
        }
        match auth.still_signed_in(&keys).await {
            Ok(mut users) => {
                read_at = now;
                is_logged = false;
                watched.update(&keys, |key| {
                    users.remove(key).map_or(SessionState::Ended, SessionState::SignedIn)
                });
            }
            Err(error) if read_at.elapsed() < UNREADABLE_TIMEOUT => {
                if !is_logged {
                    tracing::warn!(error = %chain(&error), "sessions cannot be read; trying again");
                }
                is_logged = true;
            }
            Err(error) => {
                tracing::error!(
                    error = %chain(&error),
                    "sessions cannot be read; connections of users who may be signed in no \
                     more are closed"
                );
                watched.update(&keys, |_| SessionState::Unknown);
            }
        }
    }
}
