//! What nodes tell each other of changes: over Redis if there is one, else over the
//! PostgreSQL that they share. A server on SQLite is alone.
//!
//! A node that cannot hear the others, or be heard, serves as before, says so in the log,
//! and tries again; its own subscribers hear of its own changes. Once it hears the others
//! again, subscriptions that were open meanwhile end in a manner that makes clients ask
//! anew: they missed something, or may have. A node that starts waits a moment for its
//! first connection, so that this is not said of what was never missed.

mod postgres;
mod redis;

use std::time::Duration;

use auth::redis::Redis;
use repositories::Database;
use services::{Events, events::Way};
use tokio::{
    sync::oneshot,
    task::AbortHandle,
    time::{sleep, timeout},
};

/// How long the start waits for a connection to the others.
const START: Duration = Duration::from_secs(2);

/// The changes of this node, and the tasks that connect it with the others.
pub(crate) struct Nodes {
    pub(crate) events: Events,
    /// Dropped with the app.
    _tasks: Vec<Task>,
}

struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Nodes {
    /// Connects to the other nodes. Must be called within a Tokio runtime.
    pub(crate) async fn join(db: &Database, redis: Option<Redis>) -> Self {
        let way = match &redis {
            Some(_) => Way::Messenger,
            None if db.is_shared() => Way::Database,
            None => Way::Alone,
        };
        let events = Events::new(way);
        let (ear, first) = Ear::new(&events);
        let tasks = match redis {
            Some(redis) => {
                let say = tokio::spawn(redis::say(redis.clone(), events.clone()));
                vec![say, tokio::spawn(redis::listen(redis, ear))]
            }
            None if way == Way::Database => vec![tokio::spawn(postgres::listen(db.clone(), ear))],
            None => {
                drop(ear);
                Vec::new()
            }
        };
        // Failing means that the first attempt did.
        _ = timeout(START, first).await;
        let tasks = tasks.into_iter().map(|task| Task(task.abort_handle())).collect();
        Self { events, _tasks: tasks }
    }
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

    async fn pause(&mut self) {
        sleep(self.0).await;
        self.0 = (self.0 * 2).min(Self::LONGEST);
    }
}
