//! The answers to the last changes, which several clients share.
//!
//! One client at a time has an answer made. What the execution gave is shared by all; what
//! befell that client alone (it was refused, it hung up) is not: the next one has it made.
//! An execution that failed is tried once more by the next one, and then told to all.

#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::body::Bytes;
use domain::{Change, Role, UserId};
use graphql::Viewer;
use tokio::sync::OnceCell;

use crate::edge::admission::Client;

/// Of how many changes the answers are kept, as some clients are quicker than others...
const KEPT: usize = 64;
/// ...and how many bytes of them. Whoever comes too late has an answer made again.
const KEPT_BYTES: usize = 64 * 1024;

/// The answers to the last changes.
#[derive(Debug, Default)]
pub(super) struct Answers(Mutex<VecDeque<OfChange>>);

/// The answers to one change.
#[derive(Debug)]
struct OfChange {
    change: Arc<Change>,
    of: HashMap<Audience, Arc<Cell>>,
    /// What clients are told who were refused one, so that each is refused it once and
    /// others do not wait for that again.
    refused: HashMap<Client, Bytes>,
}

impl OfChange {
    fn bytes(&self) -> usize {
        let made = self.of.values().filter_map(|cell| cell.answer.get());
        let told = made.map(|answer| &answer.json).chain(self.refused.values());
        told.map(Bytes::len).sum()
    }
}

#[derive(Debug, Default)]
struct Cell {
    answer: OnceCell<Answer>,
    /// Whether an execution failed.
    failed: AtomicBool,
}

/// Whose answer it is. What an ability depends on tells viewers apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Audience {
    Everybody,
    Viewer(Option<(UserId, Role)>),
}

impl Audience {
    pub(super) fn of(Viewer(viewer): &Viewer) -> Self {
        Self::Viewer(viewer.as_ref().map(|user| (user.id.clone(), user.role)))
    }
}

/// What an execution gave.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) json: Bytes,
    /// The viewer it was made for, if it is theirs alone.
    pub(super) only_for: Option<Audience>,
}

/// What came of having an answer made.
#[derive(Debug)]
pub(super) enum Made {
    /// The client was not let in; as JSON.
    Refused(Bytes),
    /// The execution failed, and may succeed when it is tried again.
    Failed(Answer),
    /// Data, or errors that the next execution would give, too.
    Answered(Answer),
}

impl Answers {
    /// The answer to a change for this viewer, as JSON; unless it is there, it comes from
    /// `make`.
    pub(super) async fn get<M>(
        &self,
        change: &Arc<Change>,
        client: &Client,
        viewer: Audience,
        make: impl Fn() -> M,
    ) -> Bytes
    where
        M: Future<Output = Made>,
    {
        let shared = self.made(change, client, Audience::Everybody, &make).await;
        let told = match shared {
            Ok(answer) if answer.only_for.as_ref().is_some_and(|only| *only != viewer) => {
                self.made(change, client, viewer, &make).await
            }
            shared => shared,
        };
        self.forget();
        told.map_or_else(|refusal| refusal, |answer| answer.json)
    }

    /// Fails with what the client alone is told.
    async fn made<M>(
        &self,
        change: &Arc<Change>,
        client: &Client,
        audience: Audience,
        make: &impl Fn() -> M,
    ) -> Result<Answer, Bytes>
    where
        M: Future<Output = Made>,
    {
        let cell = self.cell(change, audience);
        let answer = cell.answer.get_or_try_init(async || {
            if let Some(refusal) = self.refusal(change, client) {
                return Err(refusal);
            }
            match make().await {
                Made::Refused(refusal) => {
                    self.refuse(change, client, &refusal);
                    Err(refusal)
                }
                Made::Failed(answer) if !cell.failed.swap(true, Ordering::Relaxed) => {
                    Err(answer.json)
                }
                Made::Failed(answer) | Made::Answered(answer) => Ok(answer),
            }
        });
        answer.await.cloned()
    }

    /// Drops the oldest answers when they are too many. Who waits for one has it still.
    fn forget(&self) {
        let mut answers = self.lock();
        let mut bytes: usize = answers.iter().map(OfChange::bytes).sum();
        while bytes > KEPT_BYTES || answers.len() > KEPT {
            let Some(oldest) = answers.pop_front() else { return };
            bytes -= oldest.bytes();
        }
    }

    fn cell(&self, change: &Arc<Change>, audience: Audience) -> Arc<Cell> {
        let mut answers = self.lock();
        if let Some(known) = answers.iter_mut().find(|known| Arc::ptr_eq(&known.change, change)) {
            return Arc::clone(known.of.entry(audience).or_default());
        }
        let cell = Arc::<Cell>::default();
        let of = HashMap::from([(audience, Arc::clone(&cell))]);
        answers.push_back(OfChange { change: Arc::clone(change), of, refused: HashMap::new() });
        cell
    }

    fn refusal(&self, change: &Arc<Change>, client: &Client) -> Option<Bytes> {
        let answers = self.lock();
        let known = answers.iter().find(|known| Arc::ptr_eq(&known.change, change))?;
        known.refused.get(client).cloned()
    }

    fn refuse(&self, change: &Arc<Change>, client: &Client, refusal: &Bytes) {
        let mut answers = self.lock();
        if let Some(known) = answers.iter_mut().find(|known| Arc::ptr_eq(&known.change, change)) {
            known.refused.insert(client.clone(), refusal.clone());
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<OfChange>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
