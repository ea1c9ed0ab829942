//! Who hears of what was changed: subscribers in this process, and other nodes.
//!
//! A service commits through `Events::commit`. What lasts is told to everybody here
//! at once, and to other nodes over the PostgreSQL that they share, whose NOTIFY is part
//! of the transaction: a change that lasts is told, even if its node ends in that moment.
//! What another node said comes in by [`Events::hear`], which knows its own voice and
//! ignores it: a subscriber hears of each change once.
//!
//! **Order.** Events that one node makes to one book or author are told in the order
//! of their commits, on every node. Two nodes that change the same one at the same
//! moment may be heard in either order; `updatedAt` says which is newer.
//!
//! **Loss.** Subscribers are told that they may have missed something ([`Heard::Gap`])
//! when a node hears the others again after it had no connection to them, when it cannot
//! read what another said, and when it does not know whether a commit of its own lasts. A
//! subscriber who falls more than [`BUFFER`] changes behind is told so by the receiver.

mod parts;
mod wire;

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
use domain::{Change, Result, id::random_alphanumeric};
use tokio::sync::{Mutex, broadcast};

use self::parts::{Part, Parts};

/// How many changes a subscriber may be behind.
pub const BUFFER: usize = 1024;
/// PostgreSQL's name of what the nodes tell each other.
pub const CHANNEL: &str = "bookplate_changes";
/// How many books and authors are told of at the same moment.
const TURNS: usize = 64;

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
    /// Parts of one message, until the last has come.
    parts: std::sync::Mutex<Parts>,
    sent: AtomicU64,
    /// Who commits a change of a book or author tells of it before the next one does.
    turns: [Mutex<()>; TURNS],
}

impl Default for Events {
    fn default() -> Self {
        Self::new()
    }
}

impl Events {
    /// The changes of a node that begins.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Node {
            id: random_alphanumeric(),
            feed: broadcast::Sender::new(BUFFER),
            parts: std::sync::Mutex::default(),
            sent: AtomicU64::new(0),
            turns: std::array::from_fn(|_| Mutex::default()),
        }))
    }

    /// Every change from now on, whichever node makes it.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Heard> {
        self.0.feed.subscribe()
    }

    /// Takes a message, or a part of one, that was said to all nodes.
    pub fn hear(&self, text: &str) {
        let mut parts = self.0.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let part = parts.add(text, &self.0.id);
        drop(parts);
        match part {
            Part::Own | Part::Begun => {}
            Part::Last(message) => match wire::read(&message) {
                Ok(changes) => self.tell(changes),
                Err(error) => self.not_understood(&error),
            },
            Part::Broken => self.not_understood(&"a part without the others"),
        }
    }

    /// Another node told of changes, and nobody knows of which.
    fn not_understood(&self, why: &dyn fmt::Display) {
        tracing::warn!(error = %why, "a message of another node cannot be read");
        self.missed();
    }

    /// Tells the subscribers here that what other nodes did until now may be unknown to
    /// them.
    pub fn missed(&self) {
        // Failing means that nobody listens.
        _ = self.0.feed.send(Heard::Gap);
    }

    /// Makes the writes of `tx` last and tells of them. Whoever calls a service goes on
    /// until it ends, even if nobody waits any more: what lasts is told.
    pub(crate) async fn commit(&self, tx: Transaction, changes: Vec<Change>) -> Result<()> {
        if tx.is_shared() {
            let number = self.0.sent.fetch_add(1, Ordering::Relaxed);
            let message = wire::write(&changes)?;
            tx.notify(CHANNEL, parts::split(&self.0.id, number, &message)).await?;
        }
        let mut turns = Vec::new();
        for turn in self.turns(&changes) {
            turns.push(turn.lock().await);
        }
        // When the connection is lost on the way, it may have been committed nevertheless:
        // others hear of it then, as nobody here does.
        tx.commit().await.inspect_err(|_| self.missed())?;
        self.tell(changes);
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
}

fn place(id: &str) -> usize {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    usize::try_from(hasher.finish() % TURNS as u64).unwrap_or_default()
}

/// Its content is shared by everybody, and not shown.
impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
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

    /// What `node` says of `changes` to the others.
    fn said(node: &Events, changes: &[Change]) -> Vec<String> {
        parts::split(&node.0.id, 0, &wire::write(changes).unwrap())
    }

    #[test]
    fn others_are_heard_whole_and_oneself_is_not() {
        let (here, there) = (Events::new(), Events::new());
        let mut heard = [here.subscribe(), there.subscribe()];
        let change = born(&"é".repeat(20_000));

        for part in said(&here, std::slice::from_ref(&change)) {
            here.hear(&part);
            there.hear(&part);
        }

        assert!(heard[0].try_recv().is_err());
        assert_eq!(heard[1].try_recv().unwrap(), Heard::Change(Arc::new(change)));
        assert!(heard[1].try_recv().is_err());
    }

    /// Of a newer version, say: whatever it tells of, nobody here hears of it.
    #[test]
    fn what_cannot_be_read_is_a_gap() {
        let (here, there) = (Events::new(), Events::new());
        let change = born(&"é".repeat(20_000));
        let rest = said(&there, &[change]).split_off(1);
        let mut heard = here.subscribe();
        for text in ["", "x", "a.1.0.1 ", "a.1.0.1 {}", "a.1.1.2 []", "a.b.c.d e", &rest[0]] {
            here.hear(text);
            assert_eq!(heard.try_recv().unwrap(), Heard::Gap, "{text}");
        }
        assert!(heard.try_recv().is_err());
    }
}
