//! The operation of a request, checked before its execution.

use std::sync::Arc;

use async_graphql::Variables;
use graphql::{Document, Operation};

use super::{request::GraphqlRequest, response::Refusal, state::GraphqlHttp};
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
    let variables = graphql.engine.coerce_variables(&operation, operation.declared(variables))?;
    let points = graphql.engine.complexity(&operation, &variables)?;
    Ok(Prepared { document, operation, variables, points })
}
