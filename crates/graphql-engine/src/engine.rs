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

/// Maximum bytes of all documents in the cache...
const CACHE_BYTES: u64 = 256 * 1024;
/// ...and of one document: the queries of applications are shorter.
const MAX_CACHED_BYTES: usize = 8 * 1024;
/// An executable schema with limits.
///
/// A document is parsed and validated once and then cached: applications send the same few
/// documents again and again. The values of variables are checked for each request
/// ([`Engine::check`]).
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

/// Data for the resolvers of one execution, and the memory of its response.
pub struct Execution {
    /// Data that resolvers find by `Context::data`, in addition to the data of the schema.
    pub data: Data,
    /// The memory for the answer.
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
    /// unions or one-of inputs, or if costs do not match it. `build` is called twice.
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
            documents: Cache::with_weighter(500, CACHE_BYTES, DocumentSize),
        })
    }

    /// The limits of one request.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The document of this text. Fails when the text is not GraphQL or exceeds a limit.
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

    /// Coerces the values of the variables that `operation` declares, and returns its
    /// complexity in points. Fails with `BAD_USER_INPUT`, or when a limit is exceeded.
    pub fn check(
        &self,
        operation: &Operation,
        variables: &mut Variables,
    ) -> Result<usize, RequestError> {
        variable_size::check(operation, variables, &self.limits)?;
        variables::coerce(&self.index, operation.definition(), variables)?;
        let definition = operation.definition();
        let points = operation.points(|| {
            let bound = BoundVariables { operation: definition, variables };
            let fields = &operation.normalized().fields.node;
            complexity(&self.index, definition.ty, fields, bound)
        });
        self.limits.check(LimitKind::Complexity, points)?;
        Ok(points)
    }

    /// Executes a query if its document is valid; its variables were checked. Fails when the
    /// execution takes too long or the answer is too long.
    ///
    /// An execution that takes too long is dropped, as it is when the caller drops the future.
    pub async fn execute_query(
        &self,
        document: &Document,
        operation: &Operation,
        variables: Variables,
        Execution { data, memory }: Execution,
    ) -> Result<Response, RequestError> {
        let state = self.state(memory, None);
        let work = self.execute(document, operation, variables, data, &state);
        self.bounded(&state, work).await
    }

    /// Executes a mutation like [`Self::execute_query`] a query, but drops nothing: after the
    /// timeout, the current field is completed, and no other one begins. The caller responds in
    /// time with [`Self::overdue`], and never drops the future.
    pub async fn execute_mutation(
        &self,
        document: &Document,
        operation: &Operation,
        variables: Variables,
        Execution { data, memory }: Execution,
    ) -> Result<Response, RequestError> {
        let state = self.state(memory, Some(Instant::now() + self.limits.time()));
        let response = self.execute(document, operation, variables, data, &state).await;
        if state.is_overdue() {
            return Err(self.overdue());
        }
        self.fitting(&state, response).map_err(may_have_changed)
    }

    /// The error of a mutation that takes too long.
    #[must_use]
    pub fn overdue(&self) -> RequestError {
        may_have_changed(self.limits.error(LimitKind::Time))
    }

    pub(crate) fn state(
        &self,
        memory: Arc<dyn AnswerMemory>,
        deadline: Option<Instant>,
    ) -> Arc<ExecutionState> {
        ExecutionState::new(self.limits.of(LimitKind::ResponseBytes), memory, deadline)
    }

    /// The response of `work`, within the limits of time and length.
    async fn bounded(
        &self,
        state: &ExecutionState,
        work: impl Future<Output = Response>,
    ) -> Result<Response, RequestError> {
        match timeout(self.limits.time(), work).await {
            Ok(response) => self.fitting(state, response),
            Err(_) => Err(self.limits.error(LimitKind::Time)),
        }
    }

    /// The response, unless it is too long or no memory was free for it.
    pub(crate) fn fitting(
        &self,
        ExecutionState { budget, .. }: &ExecutionState,
        response: Response,
    ) -> Result<Response, RequestError> {
        let fits = !budget.is_exceeded()
            && !budget.is_refused()
            && budget.spend(size(&response.data)).is_ok();
        if fits {
            Ok(response)
        } else if budget.is_refused() {
            Err(RequestError::new(SERVICE_UNAVAILABLE, "the server is busy; please try again"))
        } else {
            Err(self.limits.error(LimitKind::ResponseBytes))
        }
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
        plan.locate(&mut response.errors);
        response
    }
}

fn may_have_changed(mut error: RequestError) -> RequestError {
    error.message += "; what it changed may be changed already";
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
