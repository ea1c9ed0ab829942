//! GraphQL over HTTP.
//!
//! What is accepted ([`request`], [`body`], [`upload`], [`batch`]), which document it means
//! ([`persisted`], [`trusted`]), in which form it is answered ([`accept`],
//! [`response`]) and who may keep the answer ([`cache`]). The order of a request: where it comes from
//! ([`origin`]), what it says, whether it keeps the limits ([`execute`]), who sends it
//! ([`viewer`]) and whether they have too much under way already ([`admission`], [`sending`]), then its
//! execution, which for a mutation is a task that goes on without its client
//! ([`WriteTasks`]). Nothing is executed that came by a form, by `text/plain`, or as a mutation
//! by GET: such requests need no consent of another origin's page (cross-site request
//! forgery).
//!
//! Subscriptions ([`live`]) are answered by responses that go on ([`stream`], [`single`])
//! and over sockets ([`socket`]).
//!
//! A future has room for the longest of its branches, and is copied on its way to where
//! it is awaited. What is rare is boxed, so that a plain request's futures are short.
//!
//! Source: the GraphQL-over-HTTP specification (draft).

mod accept;
mod admission;
mod batch;
mod body;
mod cache;
mod compress;
mod execute;
mod fields;
mod json;
mod live;
mod meter;
mod multipart_stream;
mod origin;
mod persisted;
mod request;
pub(crate) mod response;
mod sending;
pub(crate) mod single;
mod socket;
mod sse;
mod stream;
mod trusted;
mod upload;
mod viewer;

use std::sync::Arc;

use auth::{Auth, SessionKey};
use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, Method, header::SET_COOKIE, request::Parts},
    response::Response,
};
use database::WriteTasks;
use graphql::{Engine, LimitKind, Reservation, Viewer};
use services::{ChangeBus, Services};

use self::{
    accept::{Accept, MediaType},
    admission::{Client, ConcurrencyLimiter, ConcurrencyPermit},
    execute::Prepared,
    live::Live,
    persisted::PersistedQueries,
    request::{BodyLimits, GraphqlRequest, RequestBody},
    response::{Refusal, Reporter},
    single::Streams,
    stream::Form as StreamForm,
    trusted::TrustedDocuments,
    upload::Uploads,
};
use crate::{App, Config, failure::Failure, graphiql, telemetry::RequestLog, time_limit::within};

/// What every GraphQL request needs.
pub(crate) struct GraphqlHttp {
    engine: Engine,
    writes: WriteTasks,
    admission: ConcurrencyLimiter,
    pub(crate) live: Live,
    streams: Arc<Streams>,
    introspection: bool,
    trusted: TrustedDocuments,
    /// Whether nothing else is executed.
    trusted_only: bool,
    persisted: Option<PersistedQueries>,
    body_limits: BodyLimits,
    /// Bytes of an answer, also of one to a list of requests.
    longest_answer: usize,
    uploads: Uploads,
    /// Seconds for which a public answer is fresh.
    cache_max_age: u32,
}

impl GraphqlHttp {
    /// Fails when a trusted document does not fit the schema.
    pub(crate) fn new(
        services: Services,
        events: ChangeBus,
        auth: &Auth,
        config: &Config,
        writes: WriteTasks,
    ) -> Result<Self, Failure> {
        let (settings, limits) = (&config.graphql, &config.graphql_limits);
        let engine = Engine::new(services, limits.request, settings.introspection)?;
        let trusted = match &settings.trusted_documents {
            Some(path) => TrustedDocuments::read(path, &engine)?,
            None => TrustedDocuments::default(),
        };
        Ok(Self {
            engine,
            writes,
            admission: ConcurrencyLimiter::new(limits, auth),
            live: Live::new(config, events, auth),
            streams: Arc::default(),
            introspection: settings.introspection,
            trusted,
            trusted_only: settings.trusted_documents_only,
            persisted: PersistedQueries::new(settings.persisted_queries_bytes),
            body_limits: BodyLimits {
                bytes: limits.request.of(LimitKind::BodyBytes),
                batch: settings.batch_limit as usize,
            },
            longest_answer: limits.request.of(LimitKind::ResponseBytes),
            uploads: Uploads::new(settings.uploads),
            cache_max_age: settings.cache_max_age,
        })
    }
}

pub(crate) use self::request::METHODS;

/// Answers a request to `/graphql`.
pub(crate) async fn answer(app: &App, request: Request, log: &RequestLog) -> Response {
    let (mut parts, body) = request.into_parts();
    if socket::is_wanted(&parts) {
        return Box::pin(socket::open(app, &mut parts, log)).await;
    }
    let response = respond(app, &parts, body, log).await;
    compress::compressed(&parts, cache::vary(&parts, response)).await
}

async fn respond(app: &App, parts: &Parts, body: Body, log: &RequestLog) -> Response {
    let accept = Accept::of(&parts.headers);
    // A link that somebody follows here opens the page: it executes nothing.
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    if reads && accept.prefers_page() {
        return graphiql::page();
    }
    let (accepted, stream) = (accept.negotiate(), StreamForm::wanted(&accept));
    let only_events = accepted.is_none() && stream == Some(StreamForm::Events);
    if accepted.is_none() && stream.is_none() {
        return Refusal::not_acceptable().into_response(MediaType::Json, log);
    }
    let media_type = accepted.unwrap_or(MediaType::Json);
    let call = Call { app, parts, media_type, stream, log };
    let answered = within(app.request_time, call.answer(body)).await;
    let answered = answered.unwrap_or_else(|| Err(Refusal::busy()));
    let response = match answered.unwrap_or_else(|refusal| call.refuse(refusal)) {
        response if only_events && !stream::has_begun(&response) => {
            Box::pin(sse::whole(response)).await
        }
        response => response,
    };
    sending::until_sent(response)
}

/// One HTTP request on its way.
struct Call<'a> {
    app: &'a App,
    parts: &'a Parts,
    media_type: MediaType,
    /// How a subscription would be answered.
    stream: Option<StreamForm>,
    log: &'a RequestLog,
}

/// Who sent a request, and the cookies that extend their session.
struct Caller {
    viewer: Viewer,
    key: Option<SessionKey>,
    cookies: Vec<HeaderValue>,
}

impl Caller {
    async fn of(app: &App, parts: &Parts, log: &RequestLog) -> Result<Self, Refusal> {
        let (viewer, key, cookies) = viewer::identify(&app.auth, &parts.headers, log).await?;
        Ok(Self { viewer, key, cookies })
    }

    fn keep_cookies(self, response: &mut Response) {
        for cookie in self.cookies {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }
}

/// What came of an operation.
struct Outcome {
    response: Response,
    /// There is no error in it.
    complete: bool,
    /// Its place among what is executed, to be kept until it is sent.
    place: ConcurrencyPermit,
}

impl Call<'_> {
    async fn answer(&self, body: Body) -> Result<Response, Refusal> {
        let Self { app, parts, .. } = self;
        if upload::is_form(parts) {
            return Box::pin(self.answer_form(body)).await;
        }
        origin::check(&app.auth, &parts.headers)?;
        self.answer_all(request::read(parts, body, app.graphql.body_limits).await?, None).await
    }

    async fn answer_form(&self, form: Body) -> Result<Response, Refusal> {
        let Self { app, parts, .. } = self;
        origin::check(&app.auth, &parts.headers)?;
        upload::check(parts)?;
        let caller = self.caller().await?;
        let most = app.graphql.body_limits.batch;
        let asked = app.graphql.uploads.read(parts, form, &caller.viewer, most).await?;
        self.answer_all(asked, Some(caller)).await
    }

    async fn answer_all(
        &self,
        asked: RequestBody,
        caller: Option<Caller>,
    ) -> Result<Response, Refusal> {
        match asked {
            RequestBody::One(query) => self.answer_one(query, caller).await,
            RequestBody::Several(queries) => Box::pin(batch::answer(self, queries, caller)).await,
        }
    }

    async fn answer_one(
        &self,
        query: GraphqlRequest,
        caller: Option<Caller>,
    ) -> Result<Response, Refusal> {
        let may_change = self.parts.method == Method::POST;
        let operation = self.app.graphql.prepare(query, may_change, self.log)?;
        let caller = self.known(caller).await?;
        if operation.is_subscription() {
            let mut response = Box::pin(stream::subscribe(self, operation, &caller)).await?;
            caller.keep_cookies(&mut response);
            return Ok(response);
        }
        let reservation = self.app.graphql.engine.reservation();
        let Outcome { mut response, complete, place } =
            self.execute(operation, &caller, reservation).await?;
        caller.keep_cookies(&mut response);
        if complete && cache::is_public(self.parts) {
            response = cache::publish(self.parts, response, self.app.graphql.cache_max_age).await;
        }
        Ok(place.with(response))
    }

    /// Who sends it, unless that is known.
    async fn known(&self, caller: Option<Caller>) -> Result<Caller, Refusal> {
        match caller {
            Some(caller) => Ok(caller),
            None => self.caller().await,
        }
    }

    /// Who sends it.
    async fn caller(&self) -> Result<Caller, Refusal> {
        Caller::of(self.app, self.parts, self.log).await
    }

    async fn execute(
        &self,
        operation: Prepared,
        caller: &Caller,
        reservation: Arc<Reservation>,
    ) -> Result<Outcome, Refusal> {
        let Self { app, parts, log, .. } = self;
        let graphql = &app.graphql;
        let client = Client::of(&app.auth, parts, &caller.viewer);
        let place = graphql.admission.admit(client, operation.points()).await?;
        let executed = graphql.execute(operation, &caller.viewer, place, reservation);
        let (answer, place) = executed.await?;
        let complete = answer.errors.is_empty();
        let reporter = Reporter { viewer: &caller.viewer, log };
        Ok(Outcome { response: reporter.respond(answer, self.media_type), complete, place })
    }

    fn refuse(&self, refusal: Refusal) -> Response {
        refusal.into_response(self.media_type, self.log)
    }
}
