//! Subscriptions: what a client wants to hear of, and the answer to each change.
//!
//! The schema's own streams would execute each subscription of each client anew, for
//! ever as the viewer who opened it. Instead a subscription is opened once, which checks
//! it and finds its filter ([`Engine::source`]); whoever serves it compares the changes
//! with that filter, and has the ones that match answered, each as a request of its own
//! ([`Engine::tell`]): with the viewer as they are then, rows as they are then, and once
//! for all clients who asked the same.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::{Pos, Request, Response, ServerError, Variables, futures_util::StreamExt};
use domain::{Change, ChangeFilter, Error};

use crate::{
    Document, Engine, Measure, Operation, Rejection, Viewer,
    document::VALIDATION_FAILED,
    error::{ApiError, domain_error},
    extent,
    plan::Plan,
};

/// How many fields a subscription selects at most: it stays in memory...
const MOST_FIELDS: usize = 250;
/// ...as do its variables, which have at most so many bytes.
const MOST_BYTES: usize = 16 * 1024;

/// A subscription that was checked: what it wants to hear of, and how it is answered.
pub struct Source {
    plan: Plan,
    variables: Variables,
    filter: ChangeFilter,
}

impl Source {
    /// Of which changes it wants to hear.
    #[must_use]
    pub fn filter(&self) -> &ChangeFilter {
        &self.filter
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("filter", &self.filter).finish_non_exhaustive()
    }
}

/// The answer to a change.
#[derive(Debug)]
pub struct Told {
    /// Data or errors; fails when it took too long, or is too long.
    pub answer: Result<Response, Rejection>,
    /// Whether it would be the same for every other viewer: no field asked who is asking.
    pub for_everybody: bool,
    /// Whether it may be another one soon: it took too long, or the server is at fault.
    pub failed: bool,
}

/// Where a subscription that opens leaves its filter.
#[derive(Debug, Default)]
pub(crate) struct Opening(Mutex<Option<ChangeFilter>>);

impl Opening {
    pub(crate) fn set(&self, filter: ChangeFilter) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(filter);
    }

    fn take(&self) -> Option<ChangeFilter> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Engine {
    /// Checks a subscription and finds out what it wants to hear of; its variables were
    /// checked. Fails with the answer that refuses it.
    pub async fn source(
        &self,
        document: &Document,
        operation: &Operation,
        variables: Variables,
    ) -> Result<Source, Response> {
        self.validate(document).map_err(Response::from_errors)?;
        let plan = Plan::new(operation.definition(), document.fragments(), &variables);
        if plan.len() > MOST_FIELDS {
            let message = format!("a subscription selects at most {MOST_FIELDS} fields");
            return Err(refused(Rejection::new(VALIDATION_FAILED, message)));
        }
        if extent::bytes(&variables) > MOST_BYTES {
            let message = format!("a subscription's variables have at most {MOST_BYTES} bytes");
            return Err(refused(Rejection::new(VALIDATION_FAILED, message)));
        }
        let opening = Arc::new(Opening::default());
        let request = Request::new("").variables(variables.clone());
        let mut request = request.data(Arc::clone(&opening));
        request.set_parsed_query(plan.document());
        if let Some(mut refusal) = self.schema().execute_stream(request).next().await {
            plan.locate(&mut refusal.errors);
            return Err(refusal);
        }
        match opening.take() {
            Some(filter) => Ok(Source { plan, variables, filter }),
            None => Err(failed("a subscription's field left no filter")),
        }
    }

    /// Whether `viewer` may read the row that was changed. A change that they may not read is
    /// not delivered to them.
    #[must_use]
    pub fn may_read(&self, Viewer(viewer): &Viewer, change: &Change) -> bool {
        self.services.may_read_change(viewer.as_ref(), change)
    }

    /// Answers a change that matches the filter of `source`, and that `viewer` may read.
    pub async fn tell(&self, source: &Source, change: &Arc<Change>, viewer: &Viewer) -> Told {
        let reservation = self.reservation();
        let state = self.state(viewer.clone(), &reservation, None);
        let request = Request::new("").variables(source.variables.clone());
        let mut request = request.data(Arc::clone(change)).data(Arc::clone(&state));
        request.set_parsed_query(source.plan.document());
        let answer = self.bounded(&state, async {
            let answer = self.schema().execute_stream(request).next().await;
            let mut answer = answer.unwrap_or_else(|| failed("a change has no answer"));
            source.plan.locate(&mut answer.errors);
            answer
        });
        let answer = answer.await;
        let failed = match &answer {
            Ok(response) => response.errors.iter().any(is_fault),
            Err(rejection) => rejection.code == self.limits().refusal(Measure::Time).code,
        };
        Told { answer, for_everybody: !state.is_personal(), failed }
    }
}

/// Whether the server is to blame.
fn is_fault(error: &ServerError) -> bool {
    matches!(domain_error(error), Some(Error::Internal(_) | Error::Busy))
}

fn refused(rejection: Rejection) -> Response {
    Response::from_errors(vec![ServerError::new(rejection.message, rejection.location)])
}

fn failed(why: &'static str) -> Response {
    let error = async_graphql::Error::from(ApiError::from(Error::internal(why)));
    // It is at no place of the document.
    let error = ServerError { locations: Vec::new(), ..error.into_server_error(Pos::default()) };
    Response::from_errors(vec![error])
}
