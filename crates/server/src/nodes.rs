//! What nodes tell each other of changes: over the PostgreSQL that they share. A server on
//! SQLite is alone.
//!
//! What a node commits, all others hear, whatever becomes of that node: PostgreSQL's
//! NOTIFY is part of the transaction. A node that cannot hear the others serves as before,
//! says so in the log, and tries again; its own subscribers hear of its own changes. Once
//! it hears the others again, subscriptions that were open meanwhile end in a manner that
//! makes clients ask anew: they missed something, or may have. A node that starts waits a
//! moment for its first connection, so that this is not said of what was never missed.

use std::time::Duration;

use database::Database;
use domain::Result;
use services::{Events, events::CHANNEL};
use tokio::{
    sync::oneshot,
    task::AbortHandle,
    time::{sleep, timeout},
};

use crate::telemetry::chain;

/// How long the start waits for a connection to the others.
const START: Duration = Duration::from_secs(2);

/// The changes of this node, and the task that hears the others.
pub(crate) struct Nodes {
    pub(crate) events: Events,
    /// Dropped with the app.
    _listening: Option<Task>,
}

struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Nodes {
    /// Connects to the other nodes. Must be called within a Tokio runtime.
    pub(crate) async fn join(db: &Database) -> Self {
        let events = Events::new();
        if !db.is_shared() {
            return Self { events, _listening: None };
        }
        let (ear, first) = Ear::new(&events);
        let listening = tokio::spawn(listen(db.clone(), ear)).abort_handle();
        // Failing means that the first attempt did.
        _ = timeout(START, first).await;
        Self { events, _listening: Some(Task(listening)) }
    }
}

/// Hears what other nodes say, for ever.
async fn listen(db: Database, mut ear: Ear) {
    loop {
        match hear(&db, &mut ear).await {
            Ok(()) => tracing::warn!("the connection over which other nodes are heard is lost"),
            Err(error) if ear.pauses.is_first() => {
                tracing::warn!(error = %chain(&error), "other nodes cannot be heard; trying again");
            }
            // Told when it began.
            Err(_) => {}
        }
        ear.deaf().await;
    }
}

/// Hears until the connection is lost.
async fn hear(db: &Database, ear: &mut Ear) -> Result<()> {
    let Some(mut listener) = db.listen(CHANNEL).await? else { return Ok(()) };
    ear.open();
    while let Some(text) = listener.next().await? {
        ear.events.hear(&text);
    }
    Ok(())
}

/// With what this node hears the others.
struct Ear {
    events: Events,
    pauses: Pauses,
    /// Waits for the first connection.
    first: Option<oneshot::Sender<()>>,
}

impl Ear {
    fn new(events: &Events) -> (Self, oneshot::Receiver<()>) {
        let (first, waiting) = oneshot::channel();
        (Self { events: events.clone(), pauses: Pauses::new(), first: Some(first) }, waiting)
    }

    /// From now on the others are heard. Whoever subscribed before may have missed
    /// something.
    fn open(&mut self) {
        tracing::debug!("other nodes are heard");
        self.pauses = Pauses::new();
        let in_time = self.first.take().is_some_and(|first| first.send(()).is_ok());
        if !in_time {
            tracing::info!("other nodes are heard again; subscribers are told to ask anew");
            self.events.missed();
        }
    }

    /// They are not; waits until it is time to try again.
    async fn deaf(&mut self) {
        self.first = None;
        self.pauses.pause().await;
    }
}

/// Longer and longer pauses between attempts.
struct Pauses(Duration);

impl Pauses {
    const FIRST: Duration = Duration::from_millis(100);
    const LONGEST: Duration = Duration::from_secs(10);

    fn new() -> Self {
        Self(Self::FIRST)
    }

    /// Whether there was none yet.
    fn is_first(&self) -> bool {
        self.0 == Self::FIRST
    }

    async fn pause(&mut self) {
        sleep(self.0).await;
        self.0 = (self.0 * 2).min(Self::LONGEST);
    }
}
