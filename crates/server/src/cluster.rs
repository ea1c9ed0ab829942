//! Change events between the processes that share one PostgreSQL database. A server on SQLite
//! has no others.
//!
//! Other processes receive every committed change, even if the committing process ends:
//! PostgreSQL's NOTIFY is part of the transaction. A process that cannot listen serves as
//! before, logs that, and reconnects; its own subscribers still receive its own changes. After
//! a reconnect, subscriptions that were open meanwhile end with a code that makes clients query
//! again: they may have missed changes. The start waits a moment for the first connection, so
//! that no subscription begins before it.

use std::time::Duration;

use database::Database;
use domain::Result;
use services::{ChangeBus, events::CHANNEL};
use tokio::{
    sync::oneshot,
    task::AbortHandle,
    time::{sleep, timeout},
};

use crate::telemetry::chain;

/// How long the start waits for the first connection.
const START_TIMEOUT: Duration = Duration::from_secs(2);

/// The changes of this process, and the task that receives those of other processes.
pub(crate) struct Cluster {
    pub(crate) events: ChangeBus,
    /// Ends with the app.
    _listening: Option<Task>,
}

struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Cluster {
    /// Listens to the other processes. Must be called within a Tokio runtime.
    pub(crate) async fn join(db: &Database) -> Self {
        let events = ChangeBus::new();
        if !db.is_shared() {
            return Self { events, _listening: None };
        }
        let (listener, connected) = Listener::new(&events);
        let listening = tokio::spawn(listen(db.clone(), listener)).abort_handle();
        // An error means that the first attempt failed. The task tries again.
        _ = timeout(START_TIMEOUT, connected).await;
        Self { events, _listening: Some(Task(listening)) }
    }
}

/// Receives changes of other processes, and reconnects for ever.
async fn listen(db: Database, mut listener: Listener) {
    loop {
        match receive(&db, &mut listener).await {
            Ok(()) => tracing::warn!("the connection for changes of other processes is lost"),
            Err(error) if listener.backoff.is_first() => {
                let error = chain(&error);
                tracing::warn!(%error, "changes of other processes cannot be received; retrying");
            }
            // The first failure was logged.
            Err(_) => {}
        }
        listener.wait().await;
    }
}

/// Receives changes until the connection is lost.
async fn receive(db: &Database, listener: &mut Listener) -> Result<()> {
    let Some(mut notifications) = db.listen(CHANNEL).await? else { return Ok(()) };
    listener.connected();
    while let Some(text) = notifications.next().await? {
        listener.events.receive(&text);
    }
    Ok(())
}

/// The state of the connection to the other processes.
struct Listener {
    events: ChangeBus,
    backoff: Backoff,
    /// Signals the first connection.
    first: Option<oneshot::Sender<()>>,
}

impl Listener {
    fn new(events: &ChangeBus) -> (Self, oneshot::Receiver<()>) {
        let (first, connected) = oneshot::channel();
        (Self { events: events.clone(), backoff: Backoff::new(), first: Some(first) }, connected)
    }

    /// Changes are received from now on. Earlier subscriptions may have missed some, unless the
    /// start still waits.
    fn connected(&mut self) {
        tracing::debug!("changes of other processes are received");
        self.backoff = Backoff::new();
        let in_time = self.first.take().is_some_and(|first| first.send(()).is_ok());
        if !in_time {
            tracing::info!("changes of other processes are received again; subscriptions end");
            self.events.notify_lagged();
        }
    }

    /// Waits until it is time to reconnect.
    async fn wait(&mut self) {
        self.first = None;
        self.backoff.wait().await;
    }
}

/// Exponential backoff between attempts.
struct Backoff(Duration);

impl Backoff {
    const FIRST: Duration = Duration::from_millis(100);
    const MAX: Duration = Duration::from_secs(10);

    fn new() -> Self {
        Self(Self::FIRST)
    }

    /// Whether no attempt failed yet.
    fn is_first(&self) -> bool {
        self.0 == Self::FIRST
    }

    async fn wait(&mut self) {
        sleep(self.0).await;
        self.0 = (self.0 * 2).min(Self::MAX);
    }
}
