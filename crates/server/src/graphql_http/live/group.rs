//! Subscriptions that are the same, however many clients have them: their answer to a
//! change is made once.
//!
//! Clients are of one group when they sent the same operation with the same variables.
//! Of a change one of them has the answer made; it is everybody's, unless a field asked
//! who is asking ([`ChangeAnswer::shared`]). Then each viewer has an own one made. Whoever
//! has it made is who pays for it, as for any other operation
//! ([`super::super::admission`]): nobody pays more than for a subscription that they alone
//! have, and whoever cannot pay is refused, alone ([`super::answers`]).

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use async_graphql::Variables;
use axum::body::Bytes;
use domain::Change;
use futures_util::FutureExt;
use graphql::{ChangeAnswer, Operation, PreparedSubscription, Viewer};
use sha2::{Digest, Sha256};

use super::answers::{Answer, Answers, Audience, Outcome};
use crate::{
    graphql_http::{
        GraphqlHttp,
        admission::Client,
        response::{Refusal, Reporter},
    },
    telemetry::RequestLog,
};

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
    pub(super) fn join(
        &self,
        key: Key,
        operation: Arc<Operation>,
        source: PreparedSubscription,
    ) -> Arc<Group> {
        let mut groups = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(group) = groups.get(&key).and_then(Weak::upgrade) {
            return group;
        }
        // Nobody belongs to these any more.
        groups.retain(|_, group| group.strong_count() > 0);
        let group = Arc::new(Group { _operation: operation, source, answers: Answers::default() });
        groups.insert(key, Arc::downgrade(&group));
        group
    }
}

/// Clients of one subscription.
#[derive(Debug)]
pub(super) struct Group {
    /// Held, so that no other one gets its place in memory, which is the group's key.
    _operation: Arc<Operation>,
    pub(super) source: PreparedSubscription,
    answers: Answers,
}

/// Who wants to hear of a change.
pub(super) struct Asker<'a> {
    pub(super) graphql: &'a GraphqlHttp,
    pub(super) client: &'a Client,
    /// What the answer costs.
    pub(super) points: usize,
    pub(super) viewer: &'a Viewer,
    pub(super) log: &'a RequestLog,
}

impl Group {
    /// The answer to a change, as JSON.
    pub(super) async fn answer(&self, change: &Arc<Change>, asker: &Asker<'_>) -> Bytes {
        let viewer = Audience::of(asker.viewer);
        self.answers.get(change, asker.client, viewer, || self.make(change, asker)).await
    }

    async fn make(&self, change: &Arc<Change>, asker: &Asker<'_>) -> Outcome {
        let Asker { graphql, client, points, viewer, log } = *asker;
        let _place = match graphql.admission.admit(client.clone(), points).await {
            Ok(place) => place,
            Err(refusal) => return Outcome::Refused(refusal.body(log).into()),
        };
        let told = graphql.engine.answer_change(&self.source, change, viewer);
        let Ok(told) = AssertUnwindSafe(told).catch_unwind().await else {
            // Nobody knows what it would have told: nobody else is told it.
            let only_for = Some(Audience::of(viewer));
            return Outcome::Failed(Answer {
                json: Refusal::internal().body(log).into(),
                only_for,
            });
        };
        let ChangeAnswer { answer, shared, failed } = told;
        let json = match answer {
            Ok(answer) => Reporter { viewer, log }.body(answer).0,
            Err(rejection) => Refusal::from(rejection).body(log),
        };
        let only_for = (!shared).then(|| Audience::of(viewer));
        let answer = Answer { json: json.into(), only_for };
        if failed { Outcome::Failed(answer) } else { Outcome::Answered(answer) }
    }
}
