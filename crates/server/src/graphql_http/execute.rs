//! Validation and execution of one operation, for every transport.

use std::sync::Arc;

use async_graphql::{Response, Variables};
use graphql::{Document, Operation, Reservation, Viewer};
use tokio::time::timeout;

use super::{
    GraphqlHttp, concurrency::ConcurrencyPermit, request::GraphqlRequest, response::Refusal,
};
use crate::telemetry::RequestLog;

/// An operation within the limits, with the variables that it declares.
pub(super) struct Prepared {
    pub(super) document: Arc<Document>,
    pub(super) operation: Arc<Operation>,
    pub(super) variables: Variables,
    points: usize,
}

impl Prepared {
    pub(super) fn is_subscription(&self) -> bool {
        self.operation.is_subscription()
    }

    pub(super) fn is_mutation(&self) -> bool {
        self.operation.is_mutation()
    }

    /// Returns the complexity of the operation.
    pub(super) fn points(&self) -> usize {
        self.points
    }
}

/// Finds the operation of a request and checks it against the limits. Fails for a mutation
/// unless `may_change`, and for introspection where it is off.
pub(super) fn prepare(
    graphql: &GraphqlHttp,
    request: GraphqlRequest,
    may_change: bool,
    log: &RequestLog,
) -> Result<Prepared, Refusal> {
    let GraphqlRequest { document, operation_name, variables } = request;
    let document = graphql.documents.find(document, &graphql.engine)?;
    let operation = document.operation(operation_name.as_deref())?;
    if let Some(name) = operation.name() {
        log.operation(name);
    }
    if !may_change && operation.is_mutation() {
        return Err(Refusal::only_queries_by_get());
    }
    if document.introspects() && !graphql.introspection {
        return Err(Refusal::introspection_is_off());
    }
    let mut variables = operation.declared(variables);
    let points = graphql.engine.check(&operation, &mut variables)?;
    Ok(Prepared { document, operation, variables, points })
}

/// Executes a query or mutation for `viewer`. Fails if the execution times out or the response is
/// too long.
pub(super) async fn execute(
    graphql: &Arc<GraphqlHttp>,
    prepared: Prepared,
    viewer: &Viewer,
    permit: ConcurrencyPermit,
    reservation: Arc<Reservation>,
) -> Result<(Response, ConcurrencyPermit), Refusal> {
    if prepared.is_subscription() {
        return Err(Refusal::needs_a_stream());
    }
    if prepared.is_mutation() {
        let viewer = viewer.clone();
        return Box::pin(execute_mutation(graphql, prepared, viewer, permit, reservation)).await;
    }
    let Prepared { document, operation, variables, .. } = prepared;
    let viewer = viewer.clone();
    let executed = graphql.engine.execute(&document, &operation, variables, viewer, &reservation);
    let response = executed.await?;
    Ok((response, permit.holding(reservation)))
}

/// Executes a mutation, which continues when its client disconnects or its request times out.
async fn execute_mutation(
    graphql: &Arc<GraphqlHttp>,
    prepared: Prepared,
    viewer: Viewer,
    permit: ConcurrencyPermit,
    reservation: Arc<Reservation>,
) -> Result<(Response, ConcurrencyPermit), Refusal> {
    let shared = Arc::clone(graphql);
    let work = async move {
        let Prepared { document, operation, variables, .. } = prepared;
        let changed = shared.engine.change(&document, &operation, variables, viewer, &reservation);
        let response = changed.await?;
        Ok((response, permit.holding(reservation)))
    };
    match timeout(graphql.engine.limits().time(), graphql.writes.run(work)).await {
        Ok(done) => done,
        Err(_) => Err(graphql.engine.overdue().into()),
    }
}
