//! What nodes tell each other of changes: over Redis if there is one, else over the
//! PostgreSQL that they share. A server on SQLite is alone.
//!
//! A node that cannot hear the others, or be heard, serves as before, says so in the log,
//! and tries again; its own subscribers hear of its own changes.

mod postgres;
mod redis;

use std::time::Duration;

use auth::redis::Redis;
use repositories::Database;
use services::{Events, events::Way};
use tokio::{task::AbortHandle, time::sleep};

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
    pub(crate) fn join(db: &Database, redis: Option<Redis>) -> Self {
        let (events, tasks) = match redis {
            Some(redis) => {
                let events = Events::new(Way::Messenger);
                let say = tokio::spawn(redis::say(redis.clone(), events.outgoing()));
                (events.clone(), vec![say, tokio::spawn(redis::listen(redis, events))])
            }
            None if db.is_shared() => {
                let events = Events::new(Way::Database);
                let listen = tokio::spawn(postgres::listen(db.clone(), events.clone()));
                (events, vec![listen])
            }
            None => (Events::new(Way::Alone), Vec::new()),
        };
        let tasks = tasks.into_iter().map(|task| Task(task.abort_handle())).collect();
        Self { events, _tasks: tasks }
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
