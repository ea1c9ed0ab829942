//! GraphQL over HTTP. [`answer`] shows the steps of a request:
//!
//! 1. [`socket`] handles an upgrade to WebSocket.
//! 2. [`accept`] negotiates the format of the response.
//! 3. [`origin`] refuses requests with a cookie from untrusted pages.
//! 4. [`request`] reads the parameters of the URL, of a JSON [`body`] or of an [`upload`]. A
//!    list of requests is a [`batch`].
//! 5. [`execute::prepare`] finds the document ([`documents`], [`trusted`]) and its operation,
//!    and checks it against the limits.
//! 6. [`caller`] identifies the viewer.
//! 7. [`stream`] handles a subscription.
//! 8. [`concurrency`] issues a permit.
//! 9. [`execute::execute`] executes the operation.
//! 10. [`response`] writes the result, which [`cache`] may make public and [`compress`]
//!     compresses. The permit of a long response is held until it is sent ([`unsent`]).
//!
//! Cross-site request forgery: a page of another origin can send some requests without a
//! preflight request (a form, a body as `text/plain`, a GET). No operation is executed from a
//! form without a special header or from `text/plain`, and no mutation by GET.
//!
//! async-graphql-axum's extractors `GraphQLRequest` and `GraphQLBatchRequest` are not used for
//! step 4; [`request`] says why.
//!
//! An async fn's future is as large as its largest branch. Rare branches are `Box::pin`ned, so
//! the common path stays small.
//!
//! Source: the GraphQL-over-HTTP specification (draft).

mod accept;
mod batch;
mod body;
mod cache;
mod caller;
mod compress;
mod concurrency;
mod documents;
mod execute;
mod json;
mod keyed_limiter;
mod multipart;
mod origin;
mod params;
mod request;
pub(crate) mod response;
mod socket;
mod sse;
mod stream;
mod subscription;
mod trusted;
mod unsent;
mod upload;
mod upload_budget;

use std::sync::Arc;

use auth::Auth;
use axum::{
    body::Body,
    extract::Request,
    http::{Method, request::Parts},
    response::Response,
};
use database::WriteTasks;
use graphql::{Engine, LimitKind, Reservation};
use services::{ChangeBus, Services};

pub(crate) use self::request::METHODS;
use self::{
    accept::{Accept, MediaType},
    caller::Caller,
    concurrency::{Client, ConcurrencyLimiter, ConcurrencyPermit},
    documents::Documents,
    execute::{Prepared, execute, prepare},
    request::{BodyLimits, GraphqlRequest, RequestBody},
    response::{Refusal, Reporter},
    stream::StreamFormat,
    subscription::SubscriptionHub,
    upload::Uploads,
};
use crate::{App, Config, failure::Failure, graphiql, telemetry::RequestLog, time_limit::within};

/// State that all GraphQL requests share.
pub(crate) struct GraphqlHttp {
    engine: Engine,
    documents: Documents,
    introspection: bool,
    body_limits: BodyLimits,
    uploads: Uploads,
    limiter: ConcurrencyLimiter,
    writes: WriteTasks,
    pub(crate) subscriptions: SubscriptionHub,
    /// Maximum bytes of a response, including one to a batch.
    max_response_bytes: usize,
    /// Seconds during which a public response is fresh.
    cache_max_age: u32,
}

impl GraphqlHttp {
    /// Fails if a trusted document does not match the schema.
    pub(crate) fn new(
        services: Services,
        events: ChangeBus,
        auth: &Auth,
        config: &Config,
        writes: WriteTasks,
    ) -> Result<Self, Failure> {
        let (settings, limits) = (&config.graphql, &config.graphql_limits);
        let engine = Engine::new(services, limits.request, settings.introspection)?;
        Ok(Self {
            documents: Documents::new(settings, &engine)?,
            engine,
            introspection: settings.introspection,
            body_limits: BodyLimits {
                bytes: limits.request.of(LimitKind::BodyBytes),
                batch: settings.batch_limit as usize,
            },
            uploads: Uploads::new(settings.uploads),
            limiter: ConcurrencyLimiter::new(limits, auth),
            writes,
            subscriptions: SubscriptionHub::new(config, events, auth),
            max_response_bytes: limits.request.of(LimitKind::ResponseBytes),
            cache_max_age: settings.cache_max_age,
        })
    }
}

/// Responds to a request to `/graphql`.
pub(crate) async fn answer(app: &App, request: Request, log: &RequestLog) -> Response {
    let (mut parts, body) = request.into_parts();
    if socket::is_upgrade(&parts) {
        return Box::pin(socket::upgrade(app, &mut parts, log)).await;
    }
    let response = respond(app, &parts, body, log).await;
    compress::compressed(&parts, cache::vary(&parts, response)).await
}

/// Responds in the format that the client accepts, within the timeout of a request.
async fn respond(app: &App, parts: &Parts, body: Body, log: &RequestLog) -> Response {
    let accept = Accept::of(&parts.headers);
    // A browser that follows a link to the endpoint gets GraphiQL, and executes nothing.
    let is_read = matches!(parts.method, Method::GET | Method::HEAD);
    if is_read && accept.prefers_page() {
        return graphiql::page();
    }
    let (accepted, stream) = (accept.negotiate(), StreamFormat::wanted(&accept));
    let only_events = accepted.is_none() && stream == Some(StreamFormat::Events);
    if accepted.is_none() && stream.is_none() {
        return Refusal::not_acceptable().into_response(MediaType::Json, log);
    }
    let media_type = accepted.unwrap_or(MediaType::Json);
    let context = RequestContext { app, parts, media_type, stream, log };
    let answered = within(app.request_time, context.answer(body)).await;
    let answered = answered.unwrap_or_else(|| Err(Refusal::busy()));
    let response = match answered.unwrap_or_else(|refusal| context.refuse(refusal)) {
        response if only_events && !stream::is_stream(&response) => {
            Box::pin(sse::single_event(response)).await
        }
        response => response,
    };
    unsent::hold_permit(response)
}

/// One HTTP request.
struct RequestContext<'a> {
    app: &'a App,
    parts: &'a Parts,
    media_type: MediaType,
    /// The format of a subscription's response.
    stream: Option<StreamFormat>,
    log: &'a RequestLog,
}

/// The result of an operation.
struct Outcome {
    response: Response,
    has_errors: bool,
    /// Held until the response is sent.
    permit: ConcurrencyPermit,
}

impl RequestContext<'_> {
    async fn answer(&self, body: Body) -> Result<Response, Refusal> {
        let Self { app, parts, .. } = self;
        origin::check(&app.auth, &parts.headers)?;
        if upload::is_form(parts) {
            return Box::pin(self.answer_form(body)).await;
        }
        let body = request::read(parts, body, app.graphql.body_limits).await?;
        self.answer_body(body, None).await
    }

    /// Executes a form's requests. Only users may upload its files.
    async fn answer_form(&self, form: Body) -> Result<Response, Refusal> {
        let Self { app, parts, .. } = self;
        upload::check(parts)?;
        let caller = self.identify().await?;
        let batch_limit = app.graphql.body_limits.batch;
        let body = app.graphql.uploads.read(parts, form, &caller.viewer, batch_limit).await?;
        self.answer_body(body, Some(caller)).await
    }

    async fn answer_body(
        &self,
        body: RequestBody,
        caller: Option<Caller>,
    ) -> Result<Response, Refusal> {
        match body {
            RequestBody::One(request) => self.answer_one(request, caller).await,
            RequestBody::Several(requests) => Box::pin(batch::answer(self, requests, caller)).await,
        }
    }

    async fn answer_one(
        &self,
        request: GraphqlRequest,
        caller: Option<Caller>,
    ) -> Result<Response, Refusal> {
        let graphql = &self.app.graphql;
        let prepared = prepare(graphql, request, self.parts.method == Method::POST, self.log)?;
        let caller = self.known(caller).await?;
        if prepared.is_subscription() {
            let mut response = Box::pin(stream::subscribe(self, prepared, &caller)).await?;
            caller.append_cookies(&mut response);
            return Ok(response);
        }
        let reservation = graphql.engine.reservation();
        let Outcome { mut response, has_errors, permit } =
            self.execute(prepared, &caller, reservation).await?;
        caller.append_cookies(&mut response);
        if !has_errors && cache::is_public(self.parts) {
            response = cache::publish(self.parts, response, graphql.cache_max_age).await;
        }
        Ok(permit.attach(response))
    }

    /// Identifies the caller, unless that is done.
    async fn known(&self, caller: Option<Caller>) -> Result<Caller, Refusal> {
        match caller {
            Some(caller) => Ok(caller),
            None => self.identify().await,
        }
    }

    async fn identify(&self) -> Result<Caller, Refusal> {
        Caller::identify(self.app, &self.parts.headers, self.log).await
    }

    /// Executes a query or mutation, once the caller has a permit.
    async fn execute(
        &self,
        prepared: Prepared,
        caller: &Caller,
        reservation: Arc<Reservation>,
    ) -> Result<Outcome, Refusal> {
        let Self { app, parts, log, .. } = self;
        let client = Client::of(&app.auth, parts, &caller.viewer);
        let permit = app.graphql.limiter.acquire(client, prepared.points()).await?;
        let executed = execute(&app.graphql, prepared, &caller.viewer, permit, reservation);
        let (result, permit) = executed.await?;
        let has_errors = !result.errors.is_empty();
        let reporter = Reporter { viewer: &caller.viewer, log };
        Ok(Outcome { response: reporter.respond(result, self.media_type), has_errors, permit })
    }

    fn refuse(&self, refusal: Refusal) -> Response {
        refusal.into_response(self.media_type, self.log)
    }
}
