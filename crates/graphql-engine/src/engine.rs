//! The engine validates and executes documents, and caches parsed documents.

use std::sync::Arc;

use async_graphql::{
    Data, ObjectType, Request, Response, Schema, SchemaBuilder, ServerError, SubscriptionType,
    ValidationMode, Value, Variables,
};
use quick_cache::{Weighter, sync::Cache};
use tokio::time::{Instant, timeout};

use crate::{
    AnswerMemory, Document, FieldCost, LimitKind, Limits, Operation, RequestError, SchemaError,
    bound_variables::BoundVariables, complexity::complexity, error::SERVICE_UNAVAILABLE,
    execution_state::ExecutionState, executor::Executor, internals::Environment,
    response_budget::size, schema_index::SchemaIndex, validate::validate, variable_size, variables,
};

/// Expected number of documents in the cache.
const CACHED_DOCUMENTS: usize = 500;
/// Maximum bytes of all documents in the cache.
const CACHE_BYTES: u64 = 256 * 1024;
/// Maximum bytes of one document in the cache: the queries of applications are shorter.
const MAX_CACHED_BYTES: usize = 8 * 1024;

/// An executable schema with limits.
///
/// A document is parsed and validated once and then cached: applications send the same few
/// documents again and again. The values of variables are checked for each request
/// ([`Engine::coerce_variables`]).
pub struct Engine<Q, M, S> {
    index: SchemaIndex,
    /// Whether errors suggest names of the schema.
    hints: bool,
    executor: Executor<Q, M>,
    /// Executes introspection and subscriptions.
    pub(crate) schema: Schema<Q, M, S>,
    limits: Limits,
    documents: Cache<String, Arc<Document>, DocumentSize>,
}

/// The data and the memory of one execution.
pub struct ExecutionContext {
    /// Data that resolvers find by `Context::data`, in addition to the data of the schema.
    pub data: Data,
    /// The memory for the response.
    pub memory: Arc<dyn AnswerMemory>,
}

#[derive(Clone)]
struct DocumentSize;

impl Weighter<String, Arc<Document>> for DocumentSize {
    fn weight(&self, _: &String, document: &Arc<Document>) -> u64 {
        document.size() as u64
    }
}

impl<Q, M, S> Engine<Q, M, S>
where
    Q: ObjectType + Default + 'static,
    M: ObjectType + Default + 'static,
    S: SubscriptionType + 'static,
{
    /// Creates an engine for the schema that `build` builds. The schema's root objects must have
    /// no state; resolvers use the schema's data instead. `costs` declares the costs of fields;
    /// with `hints`, errors suggest names of the schema. Fails if the schema has interfaces,
    /// unions or one-of inputs, or if costs do not match it. `build` is called twice: once for
    /// the engine's own executor, once for introspection and subscriptions.
    pub fn new(
        build: impl Fn() -> SchemaBuilder<Q, M, S>,
        costs: &[FieldCost],
        limits: Limits,
        hints: bool,
    ) -> Result<Self, SchemaError> {
        let environment = Environment::of(build())?;
        let index = environment.index(costs)?;
        let executor = Executor::new(Q::default(), M::default(), environment);
        // Recursion is bounded by the parser, and documents are validated before.
        let schema = build().limit_recursive_depth(usize::MAX);
        Ok(Self {
            index,
            hints,
            executor,
            schema: schema.validation_mode(ValidationMode::Fast).finish(),
            limits,
            documents: Cache::with_weighter(CACHED_DOCUMENTS, CACHE_BYTES, DocumentSize),
        })
    }

    /// Returns the limits of one request.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Parses a document, or returns it from the cache. Fails when the text is not GraphQL or exceeds a limit.
    pub fn document(&self, text: &str) -> Result<Arc<Document>, RequestError> {
        if let Some(document) = self.documents.get(text) {
            return Ok(document);
        }
        let document = Arc::new(Document::parse(text, &self.limits)?);
        if document.size() <= MAX_CACHED_BYTES {
            self.documents.insert(text.to_owned(), Arc::clone(&document));
        }
        Ok(document)
    }

    /// Validates the document against the schema. Fails with every error.
    pub fn validate(&self, document: &Document) -> Result<(), Vec<ServerError>> {
        if document.is_valid() {
            return Ok(());
        }
        let errors = validate(document, &self.index, self.hints);
        if errors.is_empty() {
            document.mark_valid();
            return Ok(());
        }
        Err(errors)
    }

    /// Converts the values of the variables that `operation` declares to their types. Fails with
    /// `BAD_USER_INPUT` for a wrong value, or when the values exceed a limit.
    pub fn coerce_variables(
        &self,
        operation: &Operation,
        mut variables: Variables,
    ) -> Result<Variables, RequestError> {
        variable_size::check(operation, &variables, &self.limits)?;
        variables::coerce(&self.index, operation.definition(), &mut variables)?;
        Ok(variables)
    }

    /// Returns the complexity of `operation` in points. `variables` must be coerced. Fails when
    /// the complexity exceeds its limit.
    pub fn complexity(
        &self,
        operation: &Operation,
        variables: &Variables,
    ) -> Result<usize, RequestError> {
        let definition = operation.definition();
        let compute = || {
            let bound = BoundVariables { operation: definition, variables };
            let fields = &operation.normalized().fields.node;
            complexity(&self.index, definition.ty, fields, bound)
        };
        let points = operation.cached_complexity(compute);
        self.limits.check(LimitKind::Complexity, points)?;
        Ok(points)
    }

    /// Executes a query. `variables` must be coerced. The response to an invalid document has
    /// errors and no data. Fails when the execution takes too long or the response is too long.
    ///
    /// Dropping the future cancels the execution; the timeout does the same.
    pub async fn execute_query(
        &self,
        document: &Document,
        operation: &Operation,
        variables: Variables,
        ExecutionContext { data, memory }: ExecutionContext,
    ) -> Result<Response, RequestError> {
        let state = self.state(memory, None);
        let work = self.execute(document, operation, variables, data, &state);
        match timeout(self.limits.time(), work).await {
            Ok(response) => self.within_size(&state, response),
            Err(_) => Err(self.limits.error(LimitKind::Time)),
        }
    }

    /// Executes a mutation, as [`Self::execute_query`] executes a query, without cancellation.
    /// After the timeout, the running field is completed, and no other field begins. The caller
    /// must not drop the future, and responds with [`Self::overdue`] at the timeout.
    pub async fn execute_mutation(
        &self,
        document: &Document,
        operation: &Operation,
        variables: Variables,
        ExecutionContext { data, memory }: ExecutionContext,
    ) -> Result<Response, RequestError> {
        let state = self.state(memory, Some(Instant::now() + self.limits.time()));
        let response = self.execute(document, operation, variables, data, &state).await;
        if state.is_overdue() {
            return Err(self.overdue());
        }
        self.within_size(&state, response).map_err(may_have_changed)
    }

    /// Returns the error of a mutation that takes too long.
    #[must_use]
    pub fn overdue(&self) -> RequestError {
        may_have_changed(self.limits.error(LimitKind::Time))
    }

    pub(crate) fn state(
        &self,
        memory: Arc<dyn AnswerMemory>,
        deadline: Option<Instant>,
    ) -> Arc<ExecutionState> {
        ExecutionState::new(self.limits.get(LimitKind::ResponseBytes), memory, deadline)
    }

    /// Returns the response. Fails if it is too long or no memory was free for it.
    pub(crate) fn within_size(
        &self,
        ExecutionState { budget, .. }: &ExecutionState,
        response: Response,
    ) -> Result<Response, RequestError> {
        if !budget.is_exceeded() && !budget.is_refused() {
            // Lists were counted when they were written; the rest is counted here. An error
            // leaves the budget exceeded or refused.
            let counted = budget.spend(size(&response.data));
            if counted.is_ok() {
                return Ok(response);
            }
        }
        if budget.is_refused() {
            return Err(RequestError::new(
                SERVICE_UNAVAILABLE,
                "the server is busy; please try again",
            ));
        }
        Err(self.limits.error(LimitKind::ResponseBytes))
    }

    async fn execute(
        &self,
        document: &Document,
        operation: &Operation,
        variables: Variables,
        mut data: Data,
        state: &Arc<ExecutionState>,
    ) -> Response {
        if let Err(errors) = self.validate(document) {
            return Response::from_errors(errors);
        }
        let plan = operation.plan(&variables);
        data.insert(Arc::clone(state));
        // Mutations have no introspection.
        let mut response = if document.introspects() && !operation.is_mutation() {
            let mut request = Request::new("").variables(variables);
            request.data = data;
            request.set_parsed_query(plan.document());
            Box::pin(self.schema.execute(request)).await
        } else {
            Box::pin(self.executor.execute(&plan, variables, data)).await
        };
        plan.add_missing_locations(&mut response.errors);
        response
    }
}

fn may_have_changed(mut error: RequestError) -> RequestError {
    error.message += "; its changes may have been made";
    error
}

/// Whether the operation was not executed at all: the response has no data, and no error has
/// the path of a field.
#[must_use]
pub fn is_request_error(response: &Response) -> bool {
    !response.errors.is_empty()
        && response.data == Value::Null
        && response.errors.iter().all(|error| error.path.is_empty())
}
