//! Subscriptions: which changes a client wants, and the answer to each change.
//!
//! The schema's own streams would execute each subscription of each client anew, for ever
//! as the viewer who opened it. Instead a subscription is opened once, which checks it and
//! finds its filter ([`Engine::prepare_subscription`]). The caller compares changes with that
//! filter, and has those that match answered ([`Engine::answer_change`]), each as a request
//! of its own: for the viewer and the rows as they are then, and once for all clients of the
//! same operation.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::{Data, Pos, Response, ServerError, Variables};
use domain::{Change, ChangeFilter, Error};
use graphql_engine::{Document, LimitKind, Operation, PreparedOperation, RequestError};

use crate::{
    Engine, Viewer,
    engine::execution,
    error::{ApiError, domain_error},
};

/// A subscription that was checked.
pub struct PreparedSubscription {
    operation: PreparedOperation,
    filter: ChangeFilter,
}

impl PreparedSubscription {
    /// The changes that the client wants.
    #[must_use]
    pub fn filter(&self) -> &ChangeFilter {
        &self.filter
    }
}

impl fmt::Debug for PreparedSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedSubscription").field("filter", &self.filter).finish_non_exhaustive()
    }
}

/// The answer to a change.
#[derive(Debug)]
pub struct ChangeAnswer {
    /// Data or errors. Fails when the execution took too long or the answer is too long.
    pub answer: Result<Response, RequestError>,
    /// Whether every other viewer would get the same answer: no resolver read the viewer, and
    /// everybody reads the same rows.
    pub shared: bool,
    /// Whether a retry may succeed: the execution took too long, or the server is at fault.
    pub failed: bool,
}

/// Where the resolver of a subscription leaves its filter while the subscription opens.
#[derive(Debug, Default)]
pub(crate) struct FilterSlot(Mutex<Option<ChangeFilter>>);

impl FilterSlot {
    pub(crate) fn set(&self, filter: ChangeFilter) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(filter);
    }

    fn take(&self) -> Option<ChangeFilter> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Engine {
    /// Checks a subscription and finds its filter; its variables were checked. Fails with the
    /// response that refuses the subscription.
    pub async fn prepare_subscription(
        &self,
        document: &Document,
        operation: &Operation,
        variables: Variables,
    ) -> Result<PreparedSubscription, Response> {
        let slot = Arc::new(FilterSlot::default());
        let mut data = Data::default();
        data.insert(Arc::clone(&slot));
        let operation = self.open_subscription(document, operation, variables, data).await?;
        match slot.take() {
            Some(filter) => Ok(PreparedSubscription { operation, filter }),
            None => Err(internal("a subscription's field left no filter")),
        }
    }

    /// Whether `viewer` may read the row that was changed. Other changes are not delivered.
    #[must_use]
    pub fn may_read(&self, Viewer(viewer): &Viewer, change: &Change) -> bool {
        self.services.may_read_change(viewer.as_ref(), change)
    }

    /// Answers a change that matches the filter of `subscription` and that `viewer` may read.
    pub async fn answer_change(
        &self,
        subscription: &PreparedSubscription,
        change: &Arc<Change>,
        viewer: &Viewer,
    ) -> ChangeAnswer {
        let state = self.state(viewer.clone(), &self.reservation());
        let mut execution = execution(&state);
        execution.data.insert(Arc::clone(change));
        let answer = self.execute_event(&subscription.operation, execution).await;
        let answer =
            answer.map(|response| response.unwrap_or_else(|| internal("a change has no answer")));
        let failed = match &answer {
            Ok(response) => response.errors.iter().any(is_fault),
            Err(error) => error.code == self.limits().error(LimitKind::Time).code,
        };
        ChangeAnswer { answer, shared: !state.is_personal(), failed }
    }
}

/// Whether the server is at fault.
fn is_fault(error: &ServerError) -> bool {
    matches!(domain_error(error), Some(Error::Internal(_) | Error::Busy))
}

fn internal(why: &'static str) -> Response {
    let error = async_graphql::Error::from(ApiError::from(Error::internal(why)));
    // The error has no position in the document.
    let error = ServerError { locations: Vec::new(), ..error.into_server_error(Pos::default()) };
    Response::from_errors(vec![error])
}
