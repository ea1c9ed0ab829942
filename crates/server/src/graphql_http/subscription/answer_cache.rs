//! Cache of the results of recent changes, which several clients share.
//!
//! One client at a time executes, and all others share its successful result. An error of that
//! client only (refused, disconnected) is not shared; the next client executes again. The next
//! client also retries a failed execution once; its result is shared even if it failed again.

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

/// Number of changes whose results are cached, because some clients are slower than others.
const CACHED_CHANGES: usize = 64;
/// Maximum bytes of the cached results. A client that is too late executes again.
const MAX_CACHED_BYTES: usize = 64 * 1024;

/// Cached results of recent changes.
#[derive(Debug, Default)]
pub(super) struct AnswerCache(Mutex<VecDeque<CachedAnswers>>);

/// Cached results of one change.
#[derive(Debug)]
struct CachedAnswers {
    change: Arc<Change>,
    by_audience: HashMap<Audience, Arc<CacheEntry>>,
    /// Refusals that were sent, by client. A client is not checked again while others wait.
    refused: HashMap<Client, Bytes>,
}

impl CachedAnswers {
    fn bytes(&self) -> usize {
        let answers = self.by_audience.values().filter_map(|entry| entry.answer.get());
        let cached = answers.map(|answer| &answer.json).chain(self.refused.values());
        cached.map(Bytes::len).sum()
    }
}

#[derive(Debug, Default)]
struct CacheEntry {
    answer: OnceCell<Answer>,
    /// Whether an execution has failed once.
    failed: AtomicBool,
}

/// Cache key: user and role, which determine the permissions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Audience {
    Everyone,
    Viewer(Option<(UserId, Role)>),
}

impl Audience {
    pub(super) fn for_viewer(Viewer(viewer): &Viewer) -> Self {
        Self::Viewer(viewer.as_ref().map(|user| (user.id.clone(), user.role)))
    }
}

/// The result of an execution.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) json: Bytes,
    /// The only viewer who may get the result; `None` if all may share it.
    pub(super) only_for: Option<Audience>,
}

/// Outcome of an execution.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The client was refused before the execution; contains the error as JSON.
    Refused(Bytes),
    /// The execution failed, and a retry may succeed.
    Failed(Answer),
    /// Data, or errors that a retry would repeat.
    Completed(Answer),
}

impl AnswerCache {
    /// Returns the result of a change for this viewer, as JSON. Calls `execute` unless the result
    /// is cached.
    pub(super) async fn get<M>(
        &self,
        change: &Arc<Change>,
        client: &Client,
        viewer: Audience,
        execute: impl Fn() -> M,
    ) -> Bytes
    where
        M: Future<Output = Outcome>,
    {
        let shared = self.get_or_execute(change, client, Audience::Everyone, &execute).await;
        let outcome = match shared {
            Ok(answer) if answer.only_for.as_ref().is_some_and(|only| *only != viewer) => {
                self.get_or_execute(change, client, viewer, &execute).await
            }
            shared => shared,
        };
        self.evict();
        outcome.map_or_else(|refusal| refusal, |answer| answer.json)
    }

    /// Returns the cached result, or executes. An `Err` is sent to this client only.
    async fn get_or_execute<M>(
        &self,
        change: &Arc<Change>,
        client: &Client,
        audience: Audience,
        execute: &impl Fn() -> M,
    ) -> Result<Answer, Bytes>
    where
        M: Future<Output = Outcome>,
    {
        let entry = self.entry(change, audience);
        let answer = entry.answer.get_or_try_init(async || {
            if let Some(refusal) = self.refusal(change, client) {
                return Err(refusal);
            }
            match execute().await {
                Outcome::Refused(refusal) => {
                    self.refuse(change, client, &refusal);
                    Err(refusal)
                }
                // First failure: not cached, the next client retries.
                Outcome::Failed(answer) if !entry.failed.swap(true, Ordering::Relaxed) => {
                    Err(answer.json)
                }
                Outcome::Failed(answer) | Outcome::Completed(answer) => Ok(answer),
            }
        });
        answer.await.cloned()
    }

    /// Removes the oldest results beyond the limits. Waiting clients keep their `Arc`.
    fn evict(&self) {
        let mut answers = self.lock();
        let mut bytes: usize = answers.iter().map(CachedAnswers::bytes).sum();
        while bytes > MAX_CACHED_BYTES || answers.len() > CACHED_CHANGES {
            let Some(oldest) = answers.pop_front() else { return };
            bytes -= oldest.bytes();
        }
    }

    fn entry(&self, change: &Arc<Change>, audience: Audience) -> Arc<CacheEntry> {
        let mut answers = self.lock();
        if let Some(known) = answers.iter_mut().find(|known| Arc::ptr_eq(&known.change, change)) {
            return Arc::clone(known.by_audience.entry(audience).or_default());
        }
        let entry = Arc::<CacheEntry>::default();
        let by_audience = HashMap::from([(audience, Arc::clone(&entry))]);
        answers.push_back(CachedAnswers {
            change: Arc::clone(change),
            by_audience,
            refused: HashMap::new(),
        });
        entry
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

    fn lock(&self) -> MutexGuard<'_, VecDeque<CachedAnswers>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
