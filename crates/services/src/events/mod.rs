//! The change bus: delivers changes to subscribers in this process and in other processes.
//!
//! A service commits its transaction and publishes its changes in one call
//! (`ChangeBus::commit`). Subscribers in this process receive them at once. Other processes receive
//! them through the shared PostgreSQL database, whose NOTIFY is part of the transaction: a
//! committed change is published, even if this process ends at that moment.
//!
//! [`ChangeBus::receive`] handles messages of other processes and ignores the process's own, so a
//! subscriber receives each change once.
//!
//! **Order.** Changes that one process makes to one book or author are published in the order of
//! their commits, in every process. Simultaneous changes of two processes to one row may be
//! received in either order; `updatedAt` shows which is newer.
//!
//! **Loss.** Subscribers receive [`Received::Lagged`] when they may have missed changes of other
//! processes: after a lost connection, an unreadable message, or a commit of this process with an
//! unknown result. The channel reports a lag to a subscriber who is more than [`BUFFER`] changes
//! behind.

mod chunks;

use std::{
    collections::{BTreeSet, hash_map::DefaultHasher},
    fmt,
    hash::{Hash, Hasher},
    sync::{
        Arc, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use database::Transaction;
use domain::{Change, Error, Result, id::random_alphanumeric};
use tokio::sync::{Mutex, broadcast};

use self::chunks::{Chunk, ChunkAssembler};

/// Maximum number of changes that a subscriber may be behind.
pub const BUFFER: usize = 1024;
/// PostgreSQL's channel for the messages of processes.
pub const CHANNEL: &str = "bookplate_changes";
/// Number of locks that order the publication of changes.
const ORDER_LOCKS: usize = 64;

/// What a subscriber receives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// A change.
    Change(Arc<Change>),
    /// Changes may have been missed.
    Lagged,
}

/// Delivers changes of all processes. Cheap to clone; clones share the subscribers.
#[derive(Clone)]
pub struct ChangeBus(Arc<Shared>);

struct Shared {
    /// Identifies this process's messages.
    id: String,
    subscribers: broadcast::Sender<Received>,
    /// Chunks of an incomplete message.
    chunks: std::sync::Mutex<ChunkAssembler>,
    /// Number of sent messages.
    sent: AtomicU64,
    /// Locked from the commit of a change until its publication.
    order_locks: [Mutex<()>; ORDER_LOCKS],
}

impl Default for ChangeBus {
    fn default() -> Self {
        Self::new()
    }
}

impl ChangeBus {
    /// Creates the bus of this process.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Shared {
            id: random_alphanumeric(),
            subscribers: broadcast::Sender::new(BUFFER),
            chunks: std::sync::Mutex::default(),
            sent: AtomicU64::new(0),
            order_locks: std::array::from_fn(|_| Mutex::default()),
        }))
    }

    /// Subscribes to all later changes of all processes.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Received> {
        self.0.subscribers.subscribe()
    }

    /// Handles a message, or a chunk of one, from the shared channel.
    pub fn receive(&self, text: &str) {
        let mut chunks = self.0.chunks.lock().unwrap_or_else(PoisonError::into_inner);
        let chunk = chunks.add(text, &self.0.id);
        drop(chunks);
        match chunk {
            Chunk::Own | Chunk::Incomplete => {}
            Chunk::Complete(message) => match serde_json::from_str(&message) {
                Ok(changes) => self.publish(changes),
                Err(error) => self.unreadable(&error),
            },
            Chunk::Invalid => self.unreadable(&"a chunk of an incomplete message"),
        }
    }

    fn unreadable(&self, why: &dyn fmt::Display) {
        tracing::warn!(error = %why, "an unreadable message of another process");
        self.notify_lagged();
    }

    /// Notifies the subscribers of this process that they may have missed changes.
    pub fn notify_lagged(&self) {
        // Sending fails if there are no subscribers, which is fine.
        _ = self.0.subscribers.send(Received::Lagged);
    }

    /// Commits `tx` and publishes its changes. No other change of the same rows is committed
    /// before they are published here. A mutation runs to its end, even if its client
    /// disconnects, so every committed change is published.
    pub(crate) async fn commit(&self, tx: Transaction, changes: Vec<Change>) -> Result<()> {
        if tx.is_shared() {
            let number = self.0.sent.fetch_add(1, Ordering::Relaxed);
            let message = serde_json::to_string(&changes).map_err(Error::internal)?;
            tx.notify(CHANNEL, chunks::split(&self.0.id, number, &message)).await?;
        }
        let mut locks = Vec::new();
        for lock in self.order_locks(&changes) {
            locks.push(lock.lock().await);
        }
        // After a lost connection the result is unknown. If the transaction was committed, other
        // processes received the changes, and this process's subscribers may have missed them.
        tx.commit().await.inspect_err(|_| self.notify_lagged())?;
        self.publish(changes);
        Ok(())
    }

    /// Returns the locks of the changed rows, always in the same order.
    fn order_locks(&self, changes: &[Change]) -> impl Iterator<Item = &Mutex<()>> {
        let indices: BTreeSet<_> =
            changes.iter().map(|change| lock_index(change.subject.id())).collect();
        indices.into_iter().filter_map(|index| self.0.order_locks.get(index))
    }

    fn publish(&self, changes: Vec<Change>) {
        for change in changes {
            // Sending fails if there are no subscribers, which is fine.
            _ = self.0.subscribers.send(Received::Change(Arc::new(change)));
        }
    }
}

fn lock_index(id: &str) -> usize {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    usize::try_from(hasher.finish() % ORDER_LOCKS as u64).unwrap_or_default()
}

/// Shows no content, because changes may be private.
impl fmt::Debug for ChangeBus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangeBus").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use domain::{Author, Book, ChangeKind, ChangeSubject, text::fold};

    use super::*;

    fn creation(name: &str) -> Change {
        let author = Author {
            id: fold(name).into(),
            name: name.to_owned(),
            bio: None,
            birth_year: Some(1775),
            death_year: None,
            owner_id: "u1".into(),
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        };
        let subject = ChangeSubject::Author(Box::new(author));
        Change { kind: ChangeKind::Created, subject, actor: Some("u1".into()) }
    }

    /// Returns the message of `node` about `changes`, in chunks.
    fn message(node: &ChangeBus, changes: &[Change]) -> Vec<String> {
        chunks::split(&node.0.id, 0, &serde_json::to_string(changes).unwrap())
    }

    #[test]
    fn messages_of_other_processes_are_delivered_and_own_ones_are_ignored() {
        let (here, there) = (ChangeBus::new(), ChangeBus::new());
        let mut received = [here.subscribe(), there.subscribe()];
        let change = creation(&"é".repeat(20_000));

        for chunk in message(&here, std::slice::from_ref(&change)) {
            here.receive(&chunk);
            there.receive(&chunk);
        }

        assert!(received[0].try_recv().is_err());
        assert_eq!(received[1].try_recv().unwrap(), Received::Change(Arc::new(change)));
        assert!(received[1].try_recv().is_err());
    }

    /// For instance a message of a newer version.
    #[test]
    fn an_unreadable_message_makes_subscribers_lag() {
        let (here, there) = (ChangeBus::new(), ChangeBus::new());
        let change = creation(&"é".repeat(20_000));
        let rest = message(&there, &[change]).split_off(1);
        let mut received = here.subscribe();
        for text in ["", "x", "a.1.0.1 ", "a.1.0.1 {}", "a.1.1.2 []", "a.b.c.d e", &rest[0]] {
            here.receive(text);
            assert_eq!(received.try_recv().unwrap(), Received::Lagged, "{text}");
        }
        assert!(received.try_recv().is_err());
    }

    /// Processes of neighboring versions understand each other.
    #[test]
    fn the_format_of_messages_is_stable() {
        let author = r#"{"id":"jane","name":"Jane","bio":null,"birth_year":1775,"death_year":null,"owner_id":"u1","created_at":"1970-01-01T00:00:00Z","updated_at":"1970-01-01T00:00:00Z"}"#;
        let created =
            format!(r#"[{{"kind":"Created","subject":{{"Author":{author}}},"actor":"u1"}}]"#);
        assert_eq!(serde_json::to_string(&[creation("Jane")]).unwrap(), created);
        let deleted = format!(
            r#"[{{"kind":"Deleted","subject":{{"Book":{{"id":"b1","title":"Straße","description":null,"isbn":null,"release_year":-8,"owner_id":"u1","created_at":"1970-01-01T00:00:00Z","updated_at":"1970-01-01T00:00:00Z","author_ids":["jane"],"gone":[{author}]}}}},"actor":null}}]"#
        );
        let book = Book {
            id: "b1".into(),
            title: "Straße".to_owned(),
            description: None,
            isbn: None,
            release_year: Some(-8),
            owner_id: "u1".into(),
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        };
        let ChangeSubject::Author(jane) = creation("Jane").subject else { panic!("no author") };
        let subject = ChangeSubject::deleted(book, vec![*jane]);
        let changes = [Change { kind: ChangeKind::Deleted, subject, actor: None }];
        assert_eq!(serde_json::to_string(&changes).unwrap(), deleted);
        assert_eq!(serde_json::from_str::<Vec<Change>>(&deleted).unwrap(), changes);
    }
}
