//! Executes documents, and remembers those that it has parsed and validated.

use std::sync::Arc;

use async_graphql::{
    Name, Request, Response, ValidationMode, Value, Variables,
    async_trait::async_trait,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute},
};
use quick_cache::{Weighter, sync::Cache};
use services::Services;
use tokio::time::timeout;

use crate::{
    Document, Limits, Measure, Operation, Rejection, Schema,
    budget::Budget,
    complexity::Prices,
    extent,
    loader::Loaders,
    omitted::{leave_out, omitted},
    sdl,
    variables::InputTypes,
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
    /// Executes what is valid.
    executor: Schema,
    types: InputTypes,
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
        let executor = crate::builder()
            .data(Loaders::new(&services))
            .data(services)
            .validation_mode(ValidationMode::Fast);
        let sdl = sdl();
        Ok(Self {
            validator: if hints { validator } else { validator.disable_suggestions() }.finish(),
            executor: executor.finish(),
            types: InputTypes::from_sdl(&sdl)?,
            prices: Prices::from_sdl(&sdl)?,
            limits,
            documents: Cache::with_weighter(500, REMEMBERED_BYTES, TextLength),
        })
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
        operation: &Operation<'_>,
        variables: &Variables,
    ) -> Result<usize, Rejection> {
        extent::check(variables, &self.limits)?;
        self.types.check(operation.definition, variables)?;
        let fragments = &document.parsed().fragments;
        let points = self.prices.of(operation.definition, fragments, variables);
        self.limits.check(Measure::Complexity, points)?;
        Ok(points)
    }

    /// Executes `operation` of `document` if it is valid; its variables were checked.
    /// Fails when it takes too long, or its answer is too long.
    ///
    /// What takes too long is dropped where it stands, as it is when its client hangs
    /// up: the transaction that is under way is rolled back, unless it was being
    /// committed at that moment, and what the operation changed before stays. Going on
    /// behind the client's back would tell them no more and bound nothing.
    pub async fn execute(
        &self,
        document: &Document,
        operation: &Operation<'_>,
        request: Request,
    ) -> Result<Response, Rejection> {
        let budget = Arc::new(Budget::new(self.limits.of(Measure::ResponseBytes)));
        let request = request.data(Arc::clone(&budget));
        let executed = self.executed(document, operation, request);
        let executed = timeout(self.limits.time(), executed).await;
        let refused = match executed {
            Ok(response) if !budget.is_exceeded() && budget.spend(&response.data).is_ok() => {
                return Ok(response);
            }
            Ok(_) => self.limits.refusal(Measure::ResponseBytes),
            Err(_) => self.limits.refusal(Measure::Time),
        };
        if operation.is_query() {
            return Err(refused);
        }
        let message = format!("{}; what it changed may be changed already", refused.message);
        Err(Rejection { message, ..refused })
    }

    async fn executed(
        &self,
        document: &Document,
        operation: &Operation<'_>,
        mut request: Request,
    ) -> Response {
        if let Err(invalid) = self.validate(document).await {
            return invalid;
        }
        let mut parsed = document.only(operation.name);
        let omitted = omitted(operation.definition, &request.variables);
        if !omitted.is_empty() {
            leave_out(&mut parsed, &omitted);
        }
        request.operation_name = operation.name.map(str::to_owned);
        request.set_parsed_query(parsed);
        self.executor.execute(request).await
    }

    /// Validates each operation of the document, with sample values for its variables,
    /// as async-graphql looks at a value only after putting the variables in.
    async fn validate(&self, document: &Document) -> Result<(), Response> {
        if document.is_valid() {
            return Ok(());
        }
        // Every rule but one looks at the operation that is named; counting the
        // complexity looks at all of them.
        let mut all = Variables::default();
        for (_, definition) in document.parsed().operations.iter() {
            self.types.add_samples(&definition.node, &mut all);
        }
        for (name, definition) in document.parsed().operations.iter() {
            let mut samples = all.clone();
            self.types.add_samples(&definition.node, &mut samples);
            // The document is parsed; its text is not needed.
            let mut request = Request::new("").variables(samples);
            request.operation_name = name.map(Name::to_string);
            request.set_parsed_query(document.parsed().clone());
            let mut response = self.validator.execute(request).await;
            if response.is_err() {
                response.errors.truncate(MOST_ERRORS);
                return Err(response);
            }
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
