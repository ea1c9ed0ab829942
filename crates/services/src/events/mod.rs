//! Who hears of what was changed: subscribers in this process, and other nodes.
//!
//! A service commits through `Events::commit`. What lasts is told to everybody here
//! at once, and to other nodes by [`Way`]: over the same PostgreSQL, whose NOTIFY is
//! part of the transaction, or by whoever takes [`Events::outgoing`]. What another
//! node said comes in by [`Events::hear`], which knows its own voice and ignores it: a
//! subscriber hears of each change once.
//!
//! **Order.** Events that one node makes to one book or author are told in the order
//! of their commits, on every node. Two nodes that change the same one at the same
//! moment may be heard in either order; `updatedAt` says which is newer.
//!
//! **Loss.** A node hears nothing while it has no connection to the others; once it has
//! one again, it tells its subscribers that they may have missed something
//! ([`Heard::Gap`]). So do nodes that hear of one that could not say something: a message
//! without changes. A subscriber who falls more than [`BUFFER`] changes behind is told so
//! by the receiver.

mod parts;
mod wire;

use std::{
    collections::{BTreeSet, hash_map::DefaultHasher},
    fmt,
    hash::{Hash, Hasher},
    sync::{
        Arc, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use domain::{Change, Error, Result, id::random_alphanumeric};
use repositories::Transaction;
use tokio::sync::{Mutex, broadcast, mpsc};
use tracing::Instrument;

use self::parts::Parts;

/// How many changes a subscriber may be behind.
pub const BUFFER: usize = 1024;
/// How many changes wait for their way to other nodes.
const WAITING: usize = 10_000;
/// PostgreSQL's name of what the nodes tell each other.
pub const CHANNEL: &str = "bookplate_changes";
/// A message without changes.
const NO_CHANGES: &str = "[]";
/// How many books and authors are told of at the same moment.
const TURNS: usize = 64;

/// How other nodes hear of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// There are none.
    Alone,
    /// Through the database that they share.
    Database,
    /// Through somebody who takes [`Events::outgoing`].
    Messenger,
}

/// What a subscriber hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Something was changed.
    Change(Arc<Change>),
    /// Other nodes may have changed something of which nobody here knows.
    Gap,
}

/// The changes of this node and of the others. Cheap to clone; clones share them.
#[derive(Clone)]
pub struct Events(Arc<Node>);

struct Node {
    /// Tells this node's messages from others'.
    id: String,
    feed: broadcast::Sender<Heard>,
    way: Way,
    outgoing: mpsc::Sender<String>,
    /// Whether something did not get a place among what waits for the messenger.
    unsaid: AtomicBool,
    /// Taken once, by the messenger.
    waiting: std::sync::Mutex<Option<mpsc::Receiver<String>>>,
    /// Parts of one message, until the last has come.
    parts: std::sync::Mutex<Parts>,
    sent: AtomicU64,
    /// Who commits a change of a book or author tells of it before the next one does.
    turns: [Mutex<()>; TURNS],
}

impl Events {
    /// Events that go to other nodes by `way`.
    #[must_use]
    pub fn new(way: Way) -> Self {
        let (outgoing, waiting) = mpsc::channel(WAITING);
        Self(Arc::new(Node {
            id: random_alphanumeric(),
            feed: broadcast::Sender::new(BUFFER),
            way,
            outgoing,
            unsaid: AtomicBool::new(false),
            waiting: std::sync::Mutex::new(Some(waiting)),
            parts: std::sync::Mutex::default(),
            sent: AtomicU64::new(0),
            turns: std::array::from_fn(|_| Mutex::default()),
        }))
    }

    /// The way by which changes go to other nodes.
    #[must_use]
    pub fn way(&self) -> Way {
        self.0.way
    }

    /// Every change from now on, whichever node makes it.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Heard> {
        self.0.feed.subscribe()
    }

    /// The messages for other nodes, if they go by messenger; whoever asks first has
    /// them.
    #[must_use]
    pub fn outgoing(&self) -> Option<mpsc::Receiver<String>> {
        let taken = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
        taken.filter(|_| self.0.way == Way::Messenger)
    }

    /// Takes a message, or a part of one, that was said to all nodes.
    pub fn hear(&self, text: &str) {
        let mut parts = self.0.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(message) = parts.add(text, &self.0.id) else { return };
        drop(parts);
        match wire::read(&message) {
            Ok(changes) if changes.is_empty() => self.missed(),
            Ok(changes) => self.tell(changes),
            Err(error) => tracing::warn!(%error, "a message of another node cannot be read"),
        }
    }

    /// Tells the subscribers here that what other nodes did until now may be unknown to
    /// them.
    pub fn missed(&self) {
        // Failing means that nobody listens.
        _ = self.0.feed.send(Heard::Gap);
    }

    /// What the messenger says to other nodes once it can, when something was not said.
    #[must_use]
    pub fn gap(&self) -> String {
        parts::whole(&self.0.id, self.0.sent.fetch_add(1, Ordering::Relaxed), NO_CHANGES)
    }

    /// Whether something was never given to the messenger, since this was asked last.
    #[must_use]
    pub fn take_unsaid(&self) -> bool {
        self.0.unsaid.swap(false, Ordering::Relaxed)
    }

    /// Makes the writes of `tx` last and tells of them. Once begun, it ends, even if
    /// whoever asked for it goes away: what lasts is told.
    pub(crate) async fn commit(&self, tx: Transaction, changes: Vec<Change>) -> Result<()> {
        let this = self.clone();
        let done = async move { this.commit_and_tell(tx, changes).await };
        tokio::spawn(done.in_current_span()).await.map_err(Error::internal)?
    }

    async fn commit_and_tell(&self, tx: Transaction, changes: Vec<Change>) -> Result<()> {
        let message = match self.0.way {
            Way::Alone => None,
            Way::Database => {
                let number = self.0.sent.fetch_add(1, Ordering::Relaxed);
                let message = wire::write(&changes)?;
                tx.notify(CHANNEL, parts::split(&self.0.id, number, &message)).await?;
                None
            }
            Way::Messenger => Some(wire::write(&changes)?),
        };
        let mut turns = Vec::new();
        for turn in self.turns(&changes) {
            turns.push(turn.lock().await);
        }
        tx.commit().await?;
        self.tell(changes);
        if let Some(message) = message {
            self.send(&message);
        }
        Ok(())
    }

    /// Those of these books and authors, always in the same order.
    fn turns(&self, changes: &[Change]) -> impl Iterator<Item = &Mutex<()>> {
        let places: BTreeSet<_> = changes.iter().map(|change| place(change.subject.id())).collect();
        places.into_iter().filter_map(|place| self.0.turns.get(place))
    }

    fn tell(&self, changes: Vec<Change>) {
        for change in changes {
            // Failing means that nobody listens.
            _ = self.0.feed.send(Heard::Change(Arc::new(change)));
        }
    }

    fn send(&self, message: &str) {
        let number = self.0.sent.fetch_add(1, Ordering::Relaxed);
        if self.0.outgoing.try_send(parts::whole(&self.0.id, number, message)).is_err() {
            self.0.unsaid.store(true, Ordering::Relaxed);
            tracing::warn!("other nodes do not hear of a change: too many wait to be sent");
        }
    }
}

fn place(id: &str) -> usize {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    usize::try_from(hasher.finish() % TURNS as u64).unwrap_or_default()
}

/// Its content is shared by everybody, and not shown.
impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("way", &self.0.way).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use domain::{Author, ChangeKind, Changed, text::fold};

    use super::*;

    fn born(name: &str) -> Change {
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
        let subject = Changed::Author(Box::new(author));
        Change { kind: ChangeKind::Created, subject, actor: Some("u1".into()) }
    }

    #[test]
    fn others_are_heard_whole_and_oneself_is_not() {
        let (here, there) = (Events::new(Way::Messenger), Events::new(Way::Messenger));
        let mut heard = [here.subscribe(), there.subscribe()];
        let change = born(&"é".repeat(20_000));
        here.send(&wire::write(std::slice::from_ref(&change)).unwrap());

        let mut outgoing = here.outgoing().unwrap();
        let message = outgoing.try_recv().unwrap();
        here.hear(&message);
        there.hear(&message);

        assert!(heard[0].try_recv().is_err());
        assert_eq!(heard[1].try_recv().unwrap(), Heard::Change(Arc::new(change)));
        assert!(heard[1].try_recv().is_err());

        there.hear(&here.gap());
        assert_eq!(heard[1].try_recv().unwrap(), Heard::Gap);
    }

    #[test]
    fn what_finds_no_place_is_remembered_as_unsaid() {
        let events = Events::new(Way::Messenger);
        for _ in 0..WAITING {
            events.send("[]");
        }
        assert!(!events.take_unsaid());
        events.send("[]");
        assert_eq!((events.take_unsaid(), events.take_unsaid()), (true, false));
    }

    #[test]
    fn what_is_no_message_is_ignored() {
        let changes = Events::new(Way::Messenger);
        let mut heard = changes.subscribe();
        for text in ["", "x", "a.1.0.1 ", "a.1.0.1 {}", "a.1.1.2 []", "a.b.c.d e", "a.1.0.1 é"] {
            changes.hear(text);
        }
        assert!(heard.try_recv().is_err());
    }
}
