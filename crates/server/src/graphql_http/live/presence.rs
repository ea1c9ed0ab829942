//! Who is signed in on connections that stay open, and until when.
//!
//! One look at all their sessions, a few times a second, finds what has ended, wherever
//! it was ended, and which users changed. So a session that ends takes its connections
//! with it within a second, and nobody keeps a role that was taken from them.

use std::{
    collections::HashMap,
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

/// How often is looked.
const PAUSE: Duration = Duration::from_millis(400);
/// How long connections stay open while nobody can tell whether their sessions count.
const PATIENCE: Duration = Duration::from_secs(5);

/// Who is at the other end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::graphql_http) enum SessionState {
    /// Nobody who is signed in.
    Nobody,
    /// A user, as they are now.
    SignedIn(CurrentUser),
    /// The session has ended.
    Ended,
    /// Where sessions are kept, nobody has answered for too long.
    Unknown,
}

/// The sessions of open connections.
pub(in crate::graphql_http) struct Sessions {
    open: Arc<Open>,
    looking: AbortHandle,
}

#[derive(Default)]
struct Open(Mutex<HashMap<SessionKey, watch::Sender<SessionState>>>);

/// Who is at the other end of one connection, from now on.
#[derive(Clone, Debug)]
pub(in crate::graphql_http) struct SessionWatch(watch::Receiver<SessionState>);

impl Sessions {
    /// Must be called within a Tokio runtime.
    pub(super) fn new(auth: Auth) -> Self {
        let open = Arc::<Open>::default();
        let looking = tokio::spawn(look_again(Arc::clone(&open), auth)).abort_handle();
        Self { open, looking }
    }

    /// The presence of a user whose session counted just now.
    pub(in crate::graphql_http) fn watch(
        &self,
        user: CurrentUser,
        key: SessionKey,
    ) -> SessionWatch {
        let mut open = self.open.lock();
        let sender =
            open.entry(key).or_insert_with(|| watch::Sender::new(SessionState::SignedIn(user)));
        SessionWatch(sender.subscribe())
    }
}

impl Drop for Sessions {
    fn drop(&mut self) {
        self.looking.abort();
    }
}

impl SessionWatch {
    /// The presence of somebody who is not signed in.
    pub(in crate::graphql_http) fn nobody() -> Self {
        Self(watch::Sender::new(SessionState::Nobody).subscribe())
    }

    /// The user who is signed in.
    pub(in crate::graphql_http) fn user(&self) -> Option<CurrentUser> {
        match &*self.0.borrow() {
            SessionState::SignedIn(user) => Some(user.clone()),
            SessionState::Nobody | SessionState::Ended | SessionState::Unknown => None,
        }
    }

    /// As whom operations are executed; `None` once none must be any more.
    pub(in crate::graphql_http) fn viewer(&self) -> Option<Viewer> {
        match &*self.0.borrow() {
            SessionState::Nobody => Some(Viewer(None)),
            SessionState::SignedIn(user) => Some(Viewer(Some(user.clone()))),
            SessionState::Ended | SessionState::Unknown => None,
        }
    }

    /// Whether nothing must be told any more.
    pub(in crate::graphql_http) fn is_over(&self) -> bool {
        matches!(*self.0.borrow(), SessionState::Ended | SessionState::Unknown)
    }

    /// Waits until the session has ended, or nobody knows of it; for ever if nobody is
    /// signed in.
    pub(in crate::graphql_http) async fn over(&mut self) -> SessionState {
        let over = |standing: &SessionState| {
            matches!(standing, SessionState::Ended | SessionState::Unknown)
        };
        if let Ok(standing) = self.0.wait_for(over).await {
            return standing.clone();
        }
        // Nobody looks any more: nobody is signed in, or the server is gone.
        std::future::pending().await
    }
}

impl Open {
    fn lock(&self) -> MutexGuard<'_, HashMap<SessionKey, watch::Sender<SessionState>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sessions of connections that are still open; forgets the others.
    fn keys(&self) -> Vec<SessionKey> {
        let mut open = self.lock();
        open.retain(|_, sender| !sender.is_closed());
        open.keys().cloned().collect()
    }

    /// Tells the connections of each of `keys` who is there, and forgets those that are
    /// over.
    fn tell(&self, keys: &[SessionKey], mut standing: impl FnMut(&SessionKey) -> SessionState) {
        let mut open = self.lock();
        for key in keys {
            let standing = standing(key);
            let over = !matches!(standing, SessionState::SignedIn(_));
            if let Some(sender) = open.get(key) {
                sender.send_if_modified(|known| {
                    let changed = *known != standing;
                    *known = standing;
                    changed
                });
            }
            if over {
                open.remove(key);
            }
        }
    }
}

async fn look_again(open: Arc<Open>, auth: Auth) {
    let mut pauses = interval(PAUSE);
    pauses.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut known_at = Instant::now();
    // Whether the log says that sessions cannot be read: once is enough.
    let mut is_logged = false;
    loop {
        let asked_at = pauses.tick().await;
        let keys = open.keys();
        if keys.is_empty() {
            known_at = asked_at;
            continue;
        }
        match auth.still_signed_in(&keys).await {
            Ok(mut users) => {
                known_at = asked_at;
                is_logged = false;
                open.tell(&keys, |key| {
                    users.remove(key).map_or(SessionState::Ended, SessionState::SignedIn)
                });
            }
            Err(error) if known_at.elapsed() < PATIENCE => {
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
                open.tell(&keys, |_| SessionState::Unknown);
            }
        }
    }
}
