//! The engine of this schema, and the state of each request.

use std::{ops::Deref, sync::Arc};

use async_graphql::{Data, Response, Variables};
use graphql_engine::{Document, Execution, LimitKind, Limits, Operation, RequestError};
use services::{MemoryPool, Reservation, Services};

use crate::{Mutation, Query, Subscription, Viewer, builder, context::RequestState, costs};

/// The generic engine for this schema.
pub(crate) type SchemaEngine = graphql_engine::Engine<Query, Mutation, Subscription>;

/// Executes requests of viewers: the generic engine with the services.
pub struct Engine {
    schema: SchemaEngine,
    pub(crate) services: Arc<Services>,
    memory: MemoryPool,
}

impl Deref for Engine {
    type Target = SchemaEngine;

    fn deref(&self) -> &SchemaEngine {
        &self.schema
    }
}

impl Engine {
    /// Creates an engine over the services. With `hints`, errors suggest names of the schema.
    /// Must be called within a Tokio runtime.
    pub fn new(services: Services, limits: Limits, hints: bool) -> domain::Result<Self> {
        let services = Arc::new(services);
        let build = || builder().data(Arc::clone(&services));
        let engine = graphql_engine::Engine::new(build, &costs(), limits, hints);
        let schema = engine.map_err(domain::Error::internal)?;
        Ok(Self { schema, services, memory: MemoryPool::default() })
    }

    /// Creates a request's reservation of the memory that all requests share. The caller keeps
    /// the reservation until the response was sent.
    #[must_use]
    pub fn reservation(&self) -> Arc<Reservation> {
        self.memory.reservation(self.limits().of(LimitKind::ResponseBytes))
    }

    /// Executes the query `operation` for a viewer; see [`graphql_engine::Engine`].
    pub async fn execute(
        &self,
        document: &Document,
        operation: &Operation,
        variables: Variables,
        viewer: Viewer,
        reservation: &Arc<Reservation>,
    ) -> Result<Response, RequestError> {
        let execution = execution(&self.state(viewer, reservation));
        self.schema.execute_query(document, operation, variables, execution).await
    }

    /// Executes the mutation `operation` for a viewer; see [`graphql_engine::Engine`].
    pub async fn change(
        &self,
        document: &Document,
        operation: &Operation,
        variables: Variables,
        viewer: Viewer,
        reservation: &Arc<Reservation>,
    ) -> Result<Response, RequestError> {
        let execution = execution(&self.state(viewer, reservation));
        self.schema.execute_mutation(document, operation, variables, execution).await
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

/// Creates an execution whose resolvers find `state` in their context.
pub(crate) fn execution(state: &Arc<RequestState>) -> Execution {
    let mut data = Data::default();
    data.insert(Arc::clone(state));
    Execution { data, memory: Arc::clone(state) as _ }
}
