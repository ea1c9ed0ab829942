//! One operation, whichever way it came: checked, then executed.

use std::sync::Arc;

use async_graphql::{Response, Variables};
use graphql::{Document, Operation, Viewer};

use super::{Edge, request::Query, response::Refusal};
use crate::telemetry::RequestLog;

/// An operation that keeps the limits and whose variables fit.
pub(super) struct Prepared {
    document: Arc<Document>,
    operation: Arc<Operation>,
    variables: Variables,
}

impl Prepared {
    /// Whether it may leave a trace.
    pub(super) fn changes(&self) -> bool {
        !self.operation.is_query()
    }
}

impl Edge {
    /// Finds the operation that `query` means. Only a query is taken unless
    /// `may_change`; questions about the schema only where it is open.
    pub(super) async fn prepare(
        &self,
        query: Query,
        may_change: bool,
        log: &RequestLog,
    ) -> Result<Prepared, Refusal> {
        let Query { source, operation_name, variables } = query;
        let document = self.document(source).await?;
        let operation = document.operation(operation_name.as_deref())?;
        if let Some(name) = operation.name() {
            log.operation(name);
        }
        if !may_change && !operation.is_query() {
            return Err(Refusal::only_queries_by_get());
        }
        if document.introspects() && !self.introspection {
            return Err(Refusal::introspection_is_off());
        }
        self.engine.check(&operation, &variables)?;
        Ok(Prepared { document, operation, variables })
    }

    /// Executes it for `viewer`.
    pub(super) async fn execute(&self, prepared: Prepared, viewer: &Viewer) -> Response {
        let Prepared { document, operation, variables } = prepared;
        // The engine has the document; the text is not needed.
        let request = async_graphql::Request::new("").variables(variables).data(viewer.clone());
        self.engine.execute(&document, &operation, request).await
    }
}
