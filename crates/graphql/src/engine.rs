//! Executes documents, and remembers those that it has parsed and validated.

use std::sync::Arc;

use async_graphql::{
    Data, Request, Response, ServerError, ValidationMode, Value, Variables,
    async_trait::async_trait,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute},
};
use quick_cache::{Weighter, sync::Cache};
use services::Services;
use tokio::time::timeout;

use crate::{
    Document, Limits, Measure, Mutation, Operation, Query, Rejection, Schema, Viewer, budget::size,
    complexity::Prices, context::RequestState, executor::Executor, extent, literal::Literals,
    plan::conflict, sdl, variables::InputTypes,
};

/// Documents are remembered up to this many bytes of text, all together...
const REMEMBERED_BYTES: u64 = 256 * 1024;
/// ...and each up to this many: an app's queries are shorter.
const REMEMBERED_LENGTH: usize = 8 * 1024;
/// Nobody reads on; each word of a document may be wrong in several ways.
const MOST_ERRORS: usize = 50;

/// The executable schema.
///
/// Parsing and validation are the larger part of a small query's work, and apps
/// send the same few documents again and again. A document that is valid once is
/// valid for ever, as the schema does not change: it is validated before its first
/// execution, whatever the values of its variables, which [`Engine::check`] checks
/// each time.
pub struct Engine {
    /// Validates, and executes nothing.
    validator: Schema,
    /// Executes what is valid, but for...
    executor: Executor<Query, Mutation>,
    /// ...questions about the schema, and subscriptions.
    schema: Schema,
    services: Arc<Services>,
    types: InputTypes,
    literals: Literals,
    prices: Prices,
    limits: Limits,
    documents: Cache<String, Arc<Document>, TextLength>,
}

#[derive(Clone)]
struct TextLength;

impl Weighter<String, Arc<Document>> for TextLength {
    fn weight(&self, text: &String, _: &Arc<Document>) -> u64 {
        text.len() as u64
    }
}

/// Ends a request after its validation.
struct ValidationOnly;

impl ExtensionFactory for ValidationOnly {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait]
impl Extension for ValidationOnly {
    async fn execute(
        &self,
        _: &ExtensionContext<'_>,
        _: Option<&str>,
        _: NextExecute<'_>,
    ) -> Response {
        Response::default()
    }
}

impl Engine {
    /// An engine over the services. With `hints`, errors suggest names that the
    /// schema knows. Must be called within a Tokio runtime.
    pub fn new(services: Services, limits: Limits, hints: bool) -> domain::Result<Self> {
        let services = Arc::new(services);
        let validator = crate::builder().extension(ValidationOnly);
        let schema =
            crate::builder().data(Arc::clone(&services)).validation_mode(ValidationMode::Fast);
        let executor = Executor::new(Query::default(), Mutation::default(), Arc::clone(&services))?;
        let sdl = sdl();
        Ok(Self {
            validator: if hints { validator } else { validator.disable_suggestions() }.finish(),
            executor,
            schema: schema.finish(),
            services,
            types: InputTypes::from_sdl(&sdl)?,
            literals: Literals::from_sdl(&sdl)?,
            prices: Prices::from_sdl(&sdl)?,
            limits,
            documents: Cache::with_weighter(500, REMEMBERED_BYTES, TextLength),
        })
    }

    /// How much one request may ask for.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The document of this text. Fails when it is no GraphQL or exceeds the limits.
    pub fn document(&self, text: &str) -> Result<Arc<Document>, Rejection> {
        if let Some(document) = self.documents.get(text) {
            return Ok(document);
        }
        let document = Arc::new(Document::parse(text, &self.limits)?);
        if text.len() <= REMEMBERED_LENGTH {
            self.documents.insert(text.to_owned(), Arc::clone(&document));
        }
        Ok(document)
    }

    /// Checks the values of the variables that `operation` declares, and how much it
    /// asks for with them: the points of complexity that it costs. Fails with
    /// `BAD_USER_INPUT`, or when it asks for too much.
    pub fn check(
        &self,
        document: &Document,
        operation: &Operation,
        variables: &Variables,
    ) -> Result<usize, Rejection> {
        extent::check(operation, variables, &self.limits)?;
        self.types.check(operation.definition(), variables)?;
        // One more than there can be tells of circles.
        let most = self.limits.of(Measure::Fields).saturating_add(1);
        let (asked, fragments) = (operation.definition(), document.fragments());
        let points = operation.points(|| self.prices.of(asked, fragments, variables, most));
        self.limits.check(Measure::Complexity, points)?;
        Ok(points)
    }

    /// Executes `operation` of `document` for a viewer if it is valid; its variables were
    /// checked. Fails when it takes too long, or its answer is too long.
    ///
    /// What takes too long is dropped where it stands, as it is when its client hangs
    /// up: the transaction that is under way is rolled back, unless it was being
    /// committed at that moment, and what the operation changed before stays. Going on
    /// behind the client's back would tell them no more and bound nothing.
    pub async fn execute(
        &self,
        document: &Document,
        operation: &Operation,
        variables: Variables,
        viewer: Viewer,
    ) -> Result<Response, Rejection> {
        let state = self.state(viewer);
        let work = self.executed(document, operation, variables, &state);
        let refused = match self.bounded(&state, work).await {
            Ok(response) => return Ok(response),
            Err(refused) => refused,
        };
        if operation.is_query() {
            return Err(refused);
        }
        let message = format!("{}; what it changed may be changed already", refused.message);
        Err(Rejection { message, ..refused })
    }

    /// The state of a request that begins.
    pub(crate) fn state(&self, viewer: Viewer) -> Arc<RequestState> {
        RequestState::new(viewer, self.limits.of(Measure::ResponseBytes), &self.services)
    }

    /// What comes of `work` on a request, within the limits of time and of the answer's
    /// length.
    pub(crate) async fn bounded(
        &self,
        RequestState { budget, .. }: &RequestState,
        work: impl Future<Output = Response>,
    ) -> Result<Response, Rejection> {
        match timeout(self.limits.time(), work).await {
            Ok(response) if !budget.is_exceeded() && budget.spend(size(&response.data)).is_ok() => {
                Ok(response)
            }
            Ok(_) => Err(self.limits.refusal(Measure::ResponseBytes)),
            Err(_) => Err(self.limits.refusal(Measure::Time)),
        }
    }

    async fn executed(
        &self,
        document: &Document,
        operation: &Operation,
        variables: Variables,
        state: &Arc<RequestState>,
    ) -> Response {
        // Boxed, as it is rare, and as the other is long.
        if !document.is_valid()
            && let Err(invalid) = Box::pin(self.validate(document)).await
        {
            return invalid;
        }
        let plan = operation.plan(document.fragments(), &variables);
        let mut data = Data::default();
        data.insert(Arc::clone(state));
        let mut response = if document.introspects() {
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

    /// The schema, which executes what is valid.
    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Validates each operation of the document, with sample values for its variables,
    /// as async-graphql looks at a value only after putting the variables in. Fails with
    /// what is wrong, as it is answered.
    pub async fn validate(&self, document: &Document) -> Result<(), Response> {
        if document.is_valid() {
            return Ok(());
        }
        // Every rule but one looks at the operation that is named; counting the
        // complexity looks at all of them.
        let mut all = Variables::default();
        for operation in document.operations() {
            self.types.add_samples(operation.definition(), &mut all);
        }
        for operation in document.operations() {
            let mut samples = all.clone();
            self.types.add_samples(operation.definition(), &mut samples);
            // The document is parsed; its text is not needed.
            let mut request = Request::new("").variables(samples);
            request.operation_name = operation.name().map(str::to_owned);
            request.set_parsed_query(document.parsed());
            let mut response = self.validator.execute(request).await;
            if response.is_err() {
                response.errors.truncate(MOST_ERRORS);
                return Err(response);
            }
            let fields = &operation.definition().selection_set.node;
            if let Some((key, locations)) = conflict(fields, document.fragments()) {
                let message =
                    format!("\"{key}\" stands for different fields, or different arguments");
                let mut error = ServerError::new(message, None);
                error.locations = locations.to_vec();
                return Err(Response::from_errors(vec![error]));
            }
        }
        if let Err(error) = self.literals.check(document) {
            return Err(Response::from_errors(vec![error]));
        }
        document.note_valid();
        Ok(())
    }
}

/// Whether the document was not executed at all: there is no data, and no error
/// names a field.
#[must_use]
pub fn is_request_error(response: &Response) -> bool {
    !response.errors.is_empty()
        && response.data == Value::Null
        && response.errors.iter().all(|error| error.path.is_empty())
}
