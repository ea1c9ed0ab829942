//! One operation, whichever way it came: checked, then executed.

use std::sync::Arc;

use async_graphql::{Response, Variables};
use graphql::{Document, Operation, Reservation, Viewer};
use tokio::time::timeout;

use super::{
    GraphqlHttp, admission::ConcurrencyPermit, request::GraphqlRequest, response::Refusal,
};
use crate::telemetry::RequestLog;

/// An operation that keeps the limits and whose variables, all declared, fit.
pub(super) struct Prepared {
    pub(super) document: Arc<Document>,
    pub(super) operation: Arc<Operation>,
    pub(super) variables: Variables,
    points: usize,
}

impl Prepared {
    /// Whether it is answered again and again.
    pub(super) fn is_subscription(&self) -> bool {
        self.operation.is_subscription()
    }

    /// Whether it may leave a trace.
    pub(super) fn changes(&self) -> bool {
        self.operation.is_mutation()
    }

    /// How complex it is.
    pub(super) fn points(&self) -> usize {
        self.points
    }
}

impl GraphqlHttp {
    /// Finds the operation that `query` means. A mutation is taken only if it
    /// `may_change`; questions about the schema only where it is open.
    pub(super) fn prepare(
        &self,
        query: GraphqlRequest,
        may_change: bool,
        log: &RequestLog,
    ) -> Result<Prepared, Refusal> {
        let GraphqlRequest { source, operation_name, variables } = query;
        let document = self.document(source)?;
        let operation = document.operation(operation_name.as_deref())?;
        if let Some(name) = operation.name() {
            log.operation(name);
        }
        if !may_change && operation.is_mutation() {
            return Err(Refusal::only_queries_by_get());
        }
        if document.introspects() && !self.introspection {
            return Err(Refusal::introspection_is_off());
        }
        let mut variables = operation.declared(variables);
        let points = self.engine.check(&operation, &mut variables)?;
        Ok(Prepared { document, operation, variables, points })
    }

    /// Executes it for `viewer`, in their place. Fails when that takes too long, or the
    /// answer is too long.
    pub(super) async fn execute(
        self: &Arc<Self>,
        prepared: Prepared,
        viewer: &Viewer,
        place: ConcurrencyPermit,
        reservation: Arc<Reservation>,
    ) -> Result<(Response, ConcurrencyPermit), Refusal> {
        if prepared.is_subscription() {
            return Err(Refusal::needs_a_stream());
        }
        if prepared.changes() {
            return Box::pin(self.change(prepared, viewer.clone(), place, reservation)).await;
        }
        let Prepared { document, operation, variables, .. } = prepared;
        let viewer = viewer.clone();
        let executed = self.engine.execute(&document, &operation, variables, viewer, &reservation);
        let answer = executed.await?;
        Ok((answer, place.holding(reservation)))
    }

    /// Executes a mutation, which goes on when its client hangs up, or its time is up.
    async fn change(
        self: &Arc<Self>,
        prepared: Prepared,
        viewer: Viewer,
        place: ConcurrencyPermit,
        reservation: Arc<Reservation>,
    ) -> Result<(Response, ConcurrencyPermit), Refusal> {
        let graphql = Arc::clone(self);
        let work = async move {
            let Prepared { document, operation, variables, .. } = prepared;
            let changed =
                graphql.engine.change(&document, &operation, variables, viewer, &reservation);
            let answer = changed.await?;
            Ok((answer, place.holding(reservation)))
        };
        match timeout(self.engine.limits().time(), self.writes.run(work)).await {
            Ok(done) => done,
            Err(_) => Err(self.engine.overdue().into()),
        }
    }
}
