//! Executes documents, and remembers those that it has parsed and validated.

use std::sync::Arc;

use async_graphql::{Data, Request, Response, ServerError, ValidationMode, Value, Variables};
use domain::Error;
use quick_cache::{Weighter, sync::Cache};
use services::{MemoryPool, Reservation, Services};
use tokio::time::{Instant, timeout};

use crate::{
    Document, Limits, Measure, Mutation, Operation, Query, Rejection, Schema, Viewer,
    budget::size,
    complexity::Prices,
    context::RequestState,
    executor::Executor,
    extent, sdl,
    validate::{Index, validate},
    variables,
};

/// Documents are remembered up to this many bytes of text, all together...
const REMEMBERED_BYTES: u64 = 256 * 1024;
/// ...and each up to this many: an app's queries are shorter.
const REMEMBERED_LENGTH: usize = 8 * 1024;

/// The executable schema.
///
/// Parsing and validation are the larger part of a small query's work, and apps
/// send the same few documents again and again. A document that is valid once is
/// valid for ever, as the schema does not change: it is validated before its first
/// execution, whatever the values of its variables, which [`Engine::check`] checks
/// each time.
pub struct Engine {
    /// What documents and variables are held against.
    index: Index,
    /// Whether errors suggest names that the schema knows.
    hints: bool,
    /// Executes what is valid, but for...
    executor: Executor<Query, Mutation>,
    /// ...questions about the schema, and subscriptions.
    schema: Schema,
    pub(crate) services: Arc<Services>,
    memory: MemoryPool,
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

impl Engine {
    /// An engine over the services. With `hints`, errors suggest names that the
    /// schema knows. Must be called within a Tokio runtime.
    pub fn new(services: Services, limits: Limits, hints: bool) -> domain::Result<Self> {
        let services = Arc::new(services);
        let schema =
            crate::builder().data(Arc::clone(&services)).validation_mode(ValidationMode::Fast);
        let executor = Executor::new(Query::default(), Mutation::default(), Arc::clone(&services))?;
        Ok(Self {
            index: Index::new()?,
            hints,
            executor,
            schema: schema.finish(),
            services,
            memory: MemoryPool::default(),
            prices: Prices::from_sdl(&sdl())?,
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
        variables: &mut Variables,
    ) -> Result<usize, Rejection> {
        extent::check(operation, variables, &self.limits)?;
        variables::check(&self.index, operation.definition(), variables)?;
        // One more than there can be tells of circles.
        let most = self.limits.of(Measure::Fields).saturating_add(1);
        let (asked, fragments) = (operation.definition(), document.fragments());
        let points = operation.points(|| self.prices.of(asked, fragments, variables, most));
        self.limits.check(Measure::Complexity, points)?;
        Ok(points)
    }

    /// What a request may take of the memory that all requests share. Whoever has the
    /// answer holds it until that is sent.
    #[must_use]
    pub fn reservation(&self) -> Arc<Reservation> {
        self.memory.reservation(self.limits.of(Measure::ResponseBytes))
    }

    /// Executes the query `operation` of `document` for a viewer if it is valid; its
    /// variables were checked. Fails when it takes too long, or its answer is too long.
    ///
    /// What takes too long is dropped where it stands, as it is when its client hangs up.
    pub async fn execute(
        &self,
        document: &Document,
        operation: &Operation,
        variables: Variables,
        viewer: Viewer,
        reservation: &Arc<Reservation>,
    ) -> Result<Response, Rejection> {
        let state = self.state(viewer, reservation, None);
        let work = self.executed(document, operation, variables, &state);
        self.bounded(&state, work).await
    }

    /// Executes a mutation as [`Self::execute`] does a query, but drops nothing: the change
    /// that is under way when the time is up comes to its end, and no other one is begun.
    /// The caller answers in time, with [`Self::overdue`], and never drops this.
    pub async fn change(
        &self,
        document: &Document,
        operation: &Operation,
        variables: Variables,
        viewer: Viewer,
        reservation: &Arc<Reservation>,
    ) -> Result<Response, Rejection> {
        let state = self.state(viewer, reservation, Some(Instant::now() + self.limits.time()));
        let response = self.executed(document, operation, variables, &state).await;
        if state.is_overdue() {
            return Err(self.overdue());
        }
        self.fitting(&state, response).map_err(may_be_changed)
    }

    /// The refusal of a mutation that takes too long.
    #[must_use]
    pub fn overdue(&self) -> Rejection {
        may_be_changed(self.limits.refusal(Measure::Time))
    }

    /// The state of a request that begins, and of a mutation until when.
    pub(crate) fn state(
        &self,
        viewer: Viewer,
        reservation: &Arc<Reservation>,
        deadline: Option<Instant>,
    ) -> Arc<RequestState> {
        let most = self.limits.of(Measure::ResponseBytes);
        RequestState::new(viewer, most, &self.services, reservation, deadline)
    }

    /// What comes of `work` on a request, within the limits of time and of the answer's
    /// length.
    pub(crate) async fn bounded(
        &self,
        state: &RequestState,
        work: impl Future<Output = Response>,
    ) -> Result<Response, Rejection> {
        match timeout(self.limits.time(), work).await {
            Ok(response) => self.fitting(state, response),
            Err(_) => Err(self.limits.refusal(Measure::Time)),
        }
    }

    /// The response, unless it is too long, or there was no room for it.
    fn fitting(
        &self,
        RequestState { budget, .. }: &RequestState,
        response: Response,
    ) -> Result<Response, Rejection> {
        let fits = !budget.is_exceeded()
            && !budget.is_refused()
            && budget.spend(size(&response.data)).is_ok();
        if fits {
            Ok(response)
        } else if budget.is_refused() {
            Err(Rejection::new(Error::Busy.code(), Error::Busy.to_string()))
        } else {
            Err(self.limits.refusal(Measure::ResponseBytes))
        }
    }

    async fn executed(
        &self,
        document: &Document,
        operation: &Operation,
        variables: Variables,
        state: &Arc<RequestState>,
    ) -> Response {
        if let Err(errors) = self.validate(document) {
            return Response::from_errors(errors);
        }
        let plan = operation.plan(document.fragments(), &variables);
        let mut data = Data::default();
        data.insert(Arc::clone(state));
        // Mutations have nothing that asks for it.
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

    /// The schema, which executes what is valid.
    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Holds the document against the schema. Fails with what is wrong.
    pub fn validate(&self, document: &Document) -> Result<(), Vec<ServerError>> {
        if document.is_valid() {
            return Ok(());
        }
        let errors = validate(document, &self.index, self.hints);
        if errors.is_empty() {
            document.note_valid();
            return Ok(());
        }
        Err(errors)
    }
}

fn may_be_changed(mut refused: Rejection) -> Rejection {
    refused.message += "; what it changed may be changed already";
    refused
}

/// Whether the document was not executed at all: there is no data, and no error
/// names a field.
#[must_use]
pub fn is_request_error(response: &Response) -> bool {
    !response.errors.is_empty()
        && response.data == Value::Null
        && response.errors.iter().all(|error| error.path.is_empty())
}
