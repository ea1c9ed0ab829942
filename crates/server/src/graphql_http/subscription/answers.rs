//! The answers to the last changes, which several clients share.
//!
//! One client at a time executes; a successful result is shared. An error of that client only
//! (rejected, disconnected) is not, and the next client executes again. An execution that
//! failed is retried once by the next client; the second result is shared, failed or not.

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

use crate::graphql_http::concurrency::Client;

/// The answers to so many changes are kept, because some clients are slower than others.
const KEPT: usize = 64;
/// The kept answers have at most so many bytes. A client that comes too late executes again.
const KEPT_BYTES: usize = 64 * 1024;

/// The answers to the last changes.
#[derive(Debug, Default)]
pub(super) struct Answers(Mutex<VecDeque<AnswersToChange>>);

/// The answers to one change.
#[derive(Debug)]
struct AnswersToChange {
    change: Arc<Change>,
    by_audience: HashMap<Audience, Arc<Cell>>,
    /// Rejections already sent, by client, so that a client is not checked again while others
    /// wait.
    refused: HashMap<Client, Bytes>,
}

impl AnswersToChange {
    fn bytes(&self) -> usize {
        let answers = self.by_audience.values().filter_map(|cell| cell.answer.get());
        let told = answers.map(|answer| &answer.json).chain(self.refused.values());
        told.map(Bytes::len).sum()
    }
}

#[derive(Debug, Default)]
struct Cell {
    answer: OnceCell<Answer>,
    /// Whether an execution has failed once.
    failed: AtomicBool,
}

/// Cache key: user and role, on which permissions depend.
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

/// The result of an execution.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) json: Bytes,
    /// The viewer for whom it was executed, if no other viewer may get it.
    pub(super) only_for: Option<Audience>,
}

/// How an attempt to execute ended.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The client was rejected before the execution; the error as JSON.
    Refused(Bytes),
    /// The execution failed, and a retry may succeed.
    Failed(Answer),
    /// Data, or errors that a retry would repeat.
    Answered(Answer),
}

impl Answers {
    /// The answer to a change for this viewer, as JSON. Unless it is cached, `make` executes.
    pub(super) async fn get<M>(
        &self,
        change: &Arc<Change>,
        client: &Client,
        viewer: Audience,
        make: impl Fn() -> M,
    ) -> Bytes
    where
        M: Future<Output = Outcome>,
    {
        let shared = self.get_or_execute(change, client, Audience::Everybody, &make).await;
        let told = match shared {
            Ok(answer) if answer.only_for.as_ref().is_some_and(|only| *only != viewer) => {
                self.get_or_execute(change, client, viewer, &make).await
            }
            shared => shared,
        };
        self.evict();
        told.map_or_else(|refusal| refusal, |answer| answer.json)
    }

    /// `Err` is sent to this client only.
    async fn get_or_execute<M>(
        &self,
        change: &Arc<Change>,
        client: &Client,
        audience: Audience,
        make: &impl Fn() -> M,
    ) -> Result<Answer, Bytes>
    where
        M: Future<Output = Outcome>,
    {
        let cell = self.cell(change, audience);
        let answer = cell.answer.get_or_try_init(async || {
            if let Some(refusal) = self.refusal(change, client) {
                return Err(refusal);
            }
            match make().await {
                Outcome::Refused(refusal) => {
                    self.refuse(change, client, &refusal);
                    Err(refusal)
                }
                // First failure: not cached, the next client retries.
                Outcome::Failed(answer) if !cell.failed.swap(true, Ordering::Relaxed) => {
                    Err(answer.json)
                }
                Outcome::Failed(answer) | Outcome::Answered(answer) => Ok(answer),
            }
        });
        answer.await.cloned()
    }

    /// Drops the oldest answers when they are too many. Waiters keep their `Arc`.
    fn evict(&self) {
        let mut answers = self.lock();
        let mut bytes: usize = answers.iter().map(AnswersToChange::bytes).sum();
        while bytes > KEPT_BYTES || answers.len() > KEPT {
            let Some(oldest) = answers.pop_front() else { return };
            bytes -= oldest.bytes();
        }
    }

    fn cell(&self, change: &Arc<Change>, audience: Audience) -> Arc<Cell> {
        let mut answers = self.lock();
        if let Some(known) = answers.iter_mut().find(|known| Arc::ptr_eq(&known.change, change)) {
            return Arc::clone(known.by_audience.entry(audience).or_default());
        }
        let cell = Arc::<Cell>::default();
        let by_audience = HashMap::from([(audience, Arc::clone(&cell))]);
        answers.push_back(AnswersToChange {
            change: Arc::clone(change),
            by_audience,
            refused: HashMap::new(),
        });
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

    fn lock(&self) -> MutexGuard<'_, VecDeque<AnswersToChange>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
