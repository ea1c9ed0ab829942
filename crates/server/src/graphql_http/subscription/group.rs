//! Groups of identical subscriptions: each change is executed once per group.
//!
//! Clients are in one group if they sent the same operation with the same variables. One of them
//! executes it for a change. All share the result, unless a field depends on the viewer
//! ([`ChangeAnswer::shared`]): then each viewer has a separate result. The executing client
//! spends the points, as for any other operation ([`super::super::concurrency`]); only a client
//! without points is refused ([`super::answer_cache`]).

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use async_graphql::{Response, Variables};
use axum::body::Bytes;
use domain::Change;
use futures_util::FutureExt;
use graphql::{ChangeAnswer, Document, Operation, PreparedSubscription, Viewer, ViewerEngine};
use sha2::{Digest, Sha256};

use super::answer_cache::{Answer, AnswerCache, Audience, Outcome};
use crate::{
    graphql_http::{
        concurrency::{Client, ConcurrencyLimiter},
        response::{Refusal, Reporter},
    },
    telemetry::RequestLog,
};

/// The groups that have clients.
#[derive(Debug, Default)]
pub(super) struct Groups(Mutex<HashMap<Key, Weak<Group>>>);

/// Key of a group: the address of the cached operation, and a hash of the variables.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    operation: usize,
    variables: [u8; 32],
}

impl Key {
    fn of(operation: &Arc<Operation>, variables: &Variables) -> Self {
        let text = serde_json::to_vec(variables).unwrap_or_default();
        let variables = Sha256::digest(text).into();
        Self { operation: Arc::as_ptr(operation).addr(), variables }
    }
}

impl Groups {
    /// Returns the group of a subscription. A new subscription is validated first.
    pub(super) async fn find_or_open(
        &self,
        engine: &ViewerEngine,
        document: &Document,
        operation: Arc<Operation>,
        variables: Variables,
    ) -> Result<Arc<Group>, Response> {
        let key = Key::of(&operation, &variables);
        if let Some(group) = self.find(&key) {
            return Ok(group);
        }
        let source = engine.prepare_subscription(document, &operation, variables).await?;
        Ok(self.find_or_insert(key, operation, source))
    }

    fn find(&self, key: &Key) -> Option<Arc<Group>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key)?.upgrade()
    }

    fn find_or_insert(
        &self,
        key: Key,
        operation: Arc<Operation>,
        source: PreparedSubscription,
    ) -> Arc<Group> {
        let mut groups = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(group) = groups.get(&key).and_then(Weak::upgrade) {
            return group;
        }
        groups.retain(|_, group| group.strong_count() > 0);
        let group =
            Arc::new(Group { _operation: operation, source, cache: AnswerCache::default() });
        groups.insert(key, Arc::downgrade(&group));
        group
    }
}

/// Clients with identical subscriptions.
#[derive(Debug)]
pub(super) struct Group {
    /// Keeps the operation's address, which is the group's key, from being reused.
    _operation: Arc<Operation>,
    pub(super) source: PreparedSubscription,
    cache: AnswerCache,
}

/// A client of a group.
pub(super) struct Listener<'a> {
    pub(super) engine: &'a ViewerEngine,
    pub(super) limiter: &'a ConcurrencyLimiter,
    pub(super) client: &'a Client,
    /// The complexity of the operation.
    pub(super) points: usize,
    pub(super) viewer: &'a Viewer,
    pub(super) log: &'a RequestLog,
}

impl Group {
    /// Returns the result of a change, as JSON.
    pub(super) async fn answer(&self, change: &Arc<Change>, listener: &Listener<'_>) -> Bytes {
        let viewer = Audience::for_viewer(listener.viewer);
        self.cache.get(change, listener.client, viewer, || self.execute(change, listener)).await
    }

    async fn execute(&self, change: &Arc<Change>, listener: &Listener<'_>) -> Outcome {
        let Listener { engine, limiter, client, points, viewer, log } = *listener;
        let _permit = match limiter.acquire(client.clone(), points).await {
            Ok(permit) => permit,
            Err(refusal) => return Outcome::Refused(refusal.body(log).into()),
        };
        let answered = engine.answer_change(&self.source, change, viewer);
        let Ok(answered) = AssertUnwindSafe(answered).catch_unwind().await else {
            // Whether others could have shared the result is unknown.
            let only_for = Some(Audience::for_viewer(viewer));
            let json = Refusal::internal().body(log).into();
            return Outcome::Failed(Answer { json, only_for });
        };
        let ChangeAnswer { answer, shared, failed } = answered;
        let json = match answer {
            Ok(answer) => Reporter { viewer, log }.body(answer).0,
            Err(error) => Refusal::from(error).body(log),
        };
        let only_for = (!shared).then(|| Audience::for_viewer(viewer));
        let answer = Answer { json: json.into(), only_for };
        if failed { Outcome::Failed(answer) } else { Outcome::Completed(answer) }
    }
}
