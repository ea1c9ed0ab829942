//! Subscriptions that are the same, however many clients have them: their answer to a
//! change is made once.
//!
//! Clients are of one group when they sent the same operation with the same variables.
//! Of a change the first of them has the answer made; it is everybody's, unless a field
//! asked who is asking ([`Told::for_everybody`]). Then each viewer has an own one made.
//! Whoever has it made is who pays for it, as for any other operation
//! ([`super::super::admission`]): many subscriptions to dear answers are refused some.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use async_graphql::Variables;
use axum::body::Bytes;
use domain::{Change, Role, UserId};
use graphql::{Operation, Source, Told, Viewer};
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use crate::{
    edge::{
        Edge,
        admission::Client,
        response::{Refusal, Reporter},
    },
    telemetry::RequestLog,
};

/// Of how many changes a group keeps the answers, as some clients are quicker than
/// others...
const KEPT: usize = 64;
/// ...and how many bytes of them. Whoever comes too late has an answer made again.
const KEPT_BYTES: usize = 64 * 1024;

/// The groups that somebody belongs to.
#[derive(Debug, Default)]
pub(super) struct Groups(Mutex<HashMap<Key, Weak<Group>>>);

/// The operation, as the engine remembers it, and a hash of the variables.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    operation: usize,
    variables: [u8; 32],
}

impl Key {
    pub(super) fn of(operation: &Arc<Operation>, variables: &Variables) -> Self {
        let text = serde_json::to_vec(variables).unwrap_or_default();
        let variables = Sha256::digest(text).into();
        Self { operation: Arc::as_ptr(operation).addr(), variables }
    }
}

impl Groups {
    pub(super) fn find(&self, key: &Key) -> Option<Arc<Group>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key)?.upgrade()
    }

    /// The group of this key, which is new unless somebody else was faster.
    pub(super) fn join(&self, key: Key, operation: Arc<Operation>, source: Source) -> Arc<Group> {
        let mut groups = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(group) = groups.get(&key).and_then(Weak::upgrade) {
            return group;
        }
        // Nobody belongs to these any more.
        groups.retain(|_, group| group.strong_count() > 0);
        let group = Arc::new(Group { _operation: operation, source, answers: Mutex::default() });
        groups.insert(key, Arc::downgrade(&group));
        group
    }
}

/// Clients of one subscription.
#[derive(Debug)]
pub(super) struct Group {
    /// Held, so that no other one gets its place in memory, which is the group's key.
    _operation: Arc<Operation>,
    pub(super) source: Source,
    answers: Mutex<VecDeque<Answers>>,
}

/// The answers to one change.
#[derive(Debug)]
struct Answers {
    change: Arc<Change>,
    of: HashMap<Audience, Arc<OnceCell<Answer>>>,
}

impl Answers {
    fn bytes(&self) -> usize {
        self.of.values().filter_map(|cell| cell.get()).map(|answer| answer.json.len()).sum()
    }
}

/// Whose answer it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Audience {
    Everybody,
    Viewer(Option<(UserId, Role)>),
}

#[derive(Clone, Debug)]
struct Answer {
    json: Bytes,
    /// The viewer it was made for, if it is theirs alone.
    only_for: Option<Audience>,
}

/// Who wants to hear of a change.
pub(super) struct Asker<'a> {
    pub(super) edge: &'a Edge,
    pub(super) client: &'a Client,
    /// What the answer costs.
    pub(super) points: usize,
    pub(super) viewer: &'a Viewer,
    pub(super) log: &'a RequestLog,
}

impl Group {
    /// The answer to a change, as JSON.
    pub(super) async fn answer(&self, change: &Arc<Change>, asker: &Asker<'_>) -> Bytes {
        let own = Audience::of(asker.viewer);
        let first = self.cell(change, Audience::Everybody);
        let answer = first.get_or_init(|| self.make(change, asker)).await;
        let answer = if answer.only_for.as_ref().is_none_or(|viewer| *viewer == own) {
            answer.json.clone()
        } else {
            let mine = self.cell(change, own);
            mine.get_or_init(|| self.make(change, asker)).await.json.clone()
        };
        self.forget();
        answer
    }

    /// Drops the oldest answers when they are too many. Who waits for one has it still.
    fn forget(&self) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes: usize = answers.iter().map(Answers::bytes).sum();
        while bytes > KEPT_BYTES || answers.len() > KEPT {
            let Some(oldest) = answers.pop_front() else { return };
            bytes -= oldest.bytes();
        }
    }

    fn cell(&self, change: &Arc<Change>, audience: Audience) -> Arc<OnceCell<Answer>> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = answers.iter_mut().find(|known| Arc::ptr_eq(&known.change, change)) {
            return Arc::clone(known.of.entry(audience).or_default());
        }
        let cell = Arc::<OnceCell<Answer>>::default();
        let of = HashMap::from([(audience, Arc::clone(&cell))]);
        answers.push_back(Answers { change: Arc::clone(change), of });
        cell
    }

    async fn make(&self, change: &Arc<Change>, asker: &Asker<'_>) -> Answer {
        let Asker { viewer, log, .. } = asker;
        let (json, for_everybody) = match self.tell(change, asker).await {
            Ok(Told { answer, for_everybody }) => {
                (Reporter { viewer, log }.body(answer).0, for_everybody)
            }
            Err(refusal) => (refusal.body(log), false),
        };
        let only_for = (!for_everybody).then(|| Audience::of(viewer));
        Answer { json: json.into(), only_for }
    }

    async fn tell(&self, change: &Arc<Change>, asker: &Asker<'_>) -> Result<Told, Refusal> {
        let Asker { edge, client, points, viewer, .. } = asker;
        let _place = edge.admission.admit((*client).clone(), *points).await?;
        Ok(edge.engine.tell(&self.source, change, viewer).await?)
    }
}

impl Audience {
    fn of(Viewer(viewer): &Viewer) -> Self {
        Self::Viewer(viewer.as_ref().map(|user| (user.id.clone(), user.role)))
    }
}
