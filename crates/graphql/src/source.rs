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
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use async_graphql::{
    Pos, Request, Response, ServerError, Variables, futures_util::StreamExt,
    parser::types::ExecutableDocument,
};
use domain::{Change, ChangeFilter, Error};

use crate::{
    Document, Engine, Operation, Rejection, Viewer,
    context::Asked,
    error::ApiError,
    omitted::{leave_out, omitted},
    root_field,
};

/// A subscription that was checked: what it wants to hear of, and how it is answered.
pub struct Source {
    parsed: ExecutableDocument,
    operation_name: Option<String>,
    variables: Variables,
    filter: ChangeFilter,
}

impl Source {
    /// Of which changes it wants to hear.
    #[must_use]
    pub fn filter(&self) -> &ChangeFilter {
        &self.filter
    }

    fn request(&self) -> Request {
        let mut request = Request::new("").variables(self.variables.clone());
        request.operation_name.clone_from(&self.operation_name);
        request.set_parsed_query(self.parsed.clone());
        request
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
    /// Data or errors.
    pub answer: Response,
    /// Whether it would be the same for every other viewer: no field asked who is asking.
    pub for_everybody: bool,
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
        operation: &Operation<'_>,
        variables: Variables,
    ) -> Result<Source, Response> {
        self.validate(document).await?;
        let mut parsed = document.only(operation.name);
        let omitted = omitted(operation.definition, &variables);
        if !omitted.is_empty() {
            leave_out(&mut parsed, &omitted);
        }
        root_field::settle(&mut parsed).map_err(refused)?;
        let operation_name = operation.name.map(str::to_owned);
        let filter = ChangeFilter::Authors(None);
        let mut source = Source { parsed, operation_name, variables, filter };
        let opening = Arc::new(Opening::default());
        let request = source.request().data(Arc::clone(&opening));
        if let Some(refusal) = self.executor().execute_stream(request).next().await {
            return Err(refusal);
        }
        let nothing = || ApiError::from(Error::internal("a subscription found no field"));
        source.filter = opening.take().ok_or_else(|| failed(nothing()))?;
        Ok(source)
    }

    /// Answers a change that matches the filter of `source`.
    pub async fn tell(&self, source: &Source, change: &Arc<Change>, viewer: &Viewer) -> Told {
        let asked = Arc::new(AtomicBool::new(false));
        let request = source
            .request()
            .data(Arc::clone(change))
            .data(viewer.clone())
            .data(Asked(Arc::clone(&asked)));
        let answer = self.executor().execute_stream(request).next().await;
        let nothing = || ApiError::from(Error::internal("a change has no answer"));
        let answer = answer.unwrap_or_else(|| failed(nothing()));
        Told { answer, for_everybody: !asked.load(Ordering::Relaxed) }
    }
}

fn refused(rejection: Rejection) -> Response {
    Response::from_errors(vec![ServerError::new(rejection.message, rejection.location)])
}

fn failed(error: ApiError) -> Response {
    let error = async_graphql::Error::from(error).into_server_error(Pos::default());
    Response::from_errors(vec![error])
}
