//! The engine of this schema, and the state of each request.

use std::sync::Arc;

use async_graphql::{Data, Response, ServerError, Variables};
use graphql_engine::{Document, ExecutionContext, LimitKind, Limits, Operation, RequestError};
use services::{MemoryPool, Reservation, Services};

use crate::{Mutation, Query, Subscription, Viewer, builder, context::RequestState, costs};

/// The generic engine for this schema.
pub(crate) type SchemaEngine = graphql_engine::Engine<Query, Mutation, Subscription>;

/// Executes requests of viewers: the generic engine with the services.
pub struct ViewerEngine {
    pub(crate) engine: SchemaEngine,
    pub(crate) services: Arc<Services>,
    memory: MemoryPool,
}

impl ViewerEngine {
    /// Creates an engine over the services. With `hints`, errors suggest names of the schema.
    /// Must be called within a Tokio runtime.
    pub fn new(services: Services, limits: Limits, hints: bool) -> domain::Result<Self> {
        let services = Arc::new(services);
        let build = || builder().data(Arc::clone(&services));
        let engine = graphql_engine::Engine::new(build, &costs(), limits, hints);
        let engine = engine.map_err(domain::Error::internal)?;
        Ok(Self { engine, services, memory: MemoryPool::default() })
    }

    /// Returns the limits of one request.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        self.engine.limits()
    }

    /// As [`graphql_engine::Engine::document`].
    pub fn document(&self, text: &str) -> Result<Arc<Document>, RequestError> {
        self.engine.document(text)
    }

    /// As [`graphql_engine::Engine::validate`].
    pub fn validate(&self, document: &Document) -> Result<(), Vec<ServerError>> {
        self.engine.validate(document)
    }

    /// As [`graphql_engine::Engine::coerce_variables`].
    pub fn coerce_variables(
        &self,
        operation: &Operation,
        variables: Variables,
    ) -> Result<Variables, RequestError> {
        self.engine.coerce_variables(operation, variables)
    }

    /// As [`graphql_engine::Engine::complexity`].
    pub fn complexity(
        &self,
        operation: &Operation,
        variables: &Variables,
    ) -> Result<usize, RequestError> {
        self.engine.complexity(operation, variables)
    }

    /// Creates a request's reservation of the memory that all requests share. The caller keeps
    /// the reservation until the response was sent.
    #[must_use]
    pub fn reservation(&self) -> Arc<Reservation> {
        self.memory.reservation(self.limits().get(LimitKind::ResponseBytes))
    }

    /// Executes a query for a viewer, as [`graphql_engine::Engine::execute_query`].
    pub async fn execute_query(
        &self,
        document: &Document,
        operation: &Operation,
        variables: Variables,
        viewer: Viewer,
        reservation: &Arc<Reservation>,
    ) -> Result<Response, RequestError> {
        let context = execution_context(&self.state(viewer, reservation));
        self.engine.execute_query(document, operation, variables, context).await
    }

    /// Executes a mutation for a viewer, as [`graphql_engine::Engine::execute_mutation`].
    pub async fn execute_mutation(
        &self,
        document: &Document,
        operation: &Operation,
        variables: Variables,
        viewer: Viewer,
        reservation: &Arc<Reservation>,
    ) -> Result<Response, RequestError> {
        let context = execution_context(&self.state(viewer, reservation));
        self.engine.execute_mutation(document, operation, variables, context).await
    }

    /// As [`graphql_engine::Engine::overdue`].
    #[must_use]
    pub fn overdue(&self) -> RequestError {
        self.engine.overdue()
    }

    /// Creates the state of a new request.
    pub(crate) fn state(
        &self,
        viewer: Viewer,
        reservation: &Arc<Reservation>,
    ) -> Arc<RequestState> {
        RequestState::new(viewer, &self.services, reservation)
    }
}

/// Creates the context of an execution whose resolvers read `state`.
pub(crate) fn execution_context(state: &Arc<RequestState>) -> ExecutionContext {
    let mut data = Data::default();
    data.insert(Arc::clone(state));
    ExecutionContext { data, memory: Arc::clone(state) as _ }
}
