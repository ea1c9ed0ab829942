//! Prepared subscriptions: a client's filter of changes, and the response to each change.
//!
//! Why not the schema's own streams: they would execute each subscription of each client
//! separately, forever as the viewer who opened it. Instead a subscription is prepared once: it
//! is validated, and its filter is read ([`ViewerEngine::prepare_subscription`]).
//!
//! The caller compares changes with that filter and calls [`ViewerEngine::answer_change`] for each
//! match. This executes the operation with the viewer and the rows of that moment, once for all
//! clients with the same operation.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::{Data, Pos, Response, ServerError, Variables};
use domain::{Change, ChangeFilter, Error};
use graphql_engine::{Document, LimitKind, Operation, PreparedOperation, RequestError};

use crate::{
    Viewer, ViewerEngine,
    engine::execution_context,
    error::{ApiError, domain_error},
};

/// A validated subscription.
pub struct PreparedSubscription {
    operation: PreparedOperation,
    filter: ChangeFilter,
}

impl PreparedSubscription {
    /// Returns the filter of changes.
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

/// The response to a change.
#[derive(Debug)]
pub struct ChangeAnswer {
    /// Data or errors. Fails if the execution timed out or the response is too long.
    pub answer: Result<Response, RequestError>,
    /// Whether every other viewer would get the same response: no resolver read the viewer, and
    /// all viewers may read the same rows.
    pub shared: bool,
    /// Whether a retry may succeed: the execution timed out, or the server failed.
    pub failed: bool,
}

/// Receives the filter from the subscription's resolver during preparation.
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

impl ViewerEngine {
    /// Validates a subscription and reads its filter. `variables` must be coerced. Fails with the
    /// error response to the subscription.
    pub async fn prepare_subscription(
        &self,
        document: &Document,
        operation: &Operation,
        variables: Variables,
    ) -> Result<PreparedSubscription, Response> {
        let slot = Arc::new(FilterSlot::default());
        let mut data = Data::default();
        data.insert(Arc::clone(&slot));
        let opened = self.engine.open_subscription(document, operation, variables, data);
        let operation = opened.await?;
        match slot.take() {
            Some(filter) => Ok(PreparedSubscription { operation, filter }),
            None => Err(internal("a subscription's resolver set no filter")),
        }
    }

    /// Whether `viewer` may read the changed row. Other changes are not delivered.
    #[must_use]
    pub fn may_read(&self, Viewer(viewer): &Viewer, change: &Change) -> bool {
        self.services.may_read_change(viewer.as_ref(), change)
    }

    /// Executes a subscription for a change that matches its filter and that `viewer` may read.
    pub async fn answer_change(
        &self,
        subscription: &PreparedSubscription,
        change: &Arc<Change>,
        viewer: &Viewer,
    ) -> ChangeAnswer {
        let state = self.state(viewer.clone(), &self.reservation());
        let mut context = execution_context(&state);
        context.data.insert(Arc::clone(change));
        let answer = self.engine.execute_event(&subscription.operation, context).await;
        let answer =
            answer.map(|response| response.unwrap_or_else(|| internal("a change has no response")));
        let failed = match &answer {
            Ok(response) => response.errors.iter().any(is_fault),
            Err(error) => error.code == self.limits().error(LimitKind::Time).code,
        };
        ChangeAnswer { answer, shared: !state.is_personal(), failed }
    }
}

/// Whether the server caused the error.
fn is_fault(error: &ServerError) -> bool {
    matches!(domain_error(error), Some(Error::Internal(_) | Error::Busy))
}

fn internal(why: &'static str) -> Response {
    let error = async_graphql::Error::from(ApiError::from(Error::internal(why)));
    // The error has no position in the document.
    let error = ServerError { locations: Vec::new(), ..error.into_server_error(Pos::default()) };
    Response::from_errors(vec![error])
}
