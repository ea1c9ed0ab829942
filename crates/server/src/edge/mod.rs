//! GraphQL over HTTP.
//!
//! What is accepted ([`request`]), in which form it is answered ([`accept`],
//! [`response`]), and what the browser is told about other origins ([`headers`]).
//! The order of a request: where it comes from ([`origin`]), what it says, whether it
//! keeps the limits ([`execute`]), who sends it ([`viewer`]) and whether they have not too
//! much of it already ([`admission`]), then its execution. Nothing is executed that came by a
//! form, by `text/plain`, or as a mutation by GET: such requests need no consent of
//! another origin's page (cross-site request forgery).
//!
//! Source: the GraphQL-over-HTTP specification (draft).

mod accept;
mod admission;
mod execute;
pub(crate) mod headers;
mod origin;
mod request;
pub(crate) mod response;
mod viewer;

use auth::Auth;
use axum::{
    Extension,
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, Method, header::SET_COOKIE, request::Parts},
    response::Response,
    routing::{MethodRouter, any},
};
use domain::Result;
use graphql::{Engine, Measure, Viewer};
use services::Services;

use self::{
    accept::MediaType,
    admission::{Admission, Client, Place},
    response::Refusal,
};
use crate::{App, Config, graphiql, telemetry::RequestLog};

/// What every GraphQL request needs.
pub(crate) struct Edge {
    engine: Engine,
    admission: Admission,
    introspection: bool,
    /// Bytes of the largest body.
    max_body: usize,
}

impl Edge {
    /// Must be called within a Tokio runtime.
    pub(crate) fn new(services: Services, auth: &Auth, config: &Config) -> Result<Self> {
        let Config { introspection, graphql_limits: ref limits, .. } = *config;
        Ok(Self {
            engine: Engine::new(services, limits.request, introspection)?,
            admission: Admission::new(limits, auth),
            introspection,
            max_body: limits.request.of(Measure::BodyBytes),
        })
    }
}

/// The route `/graphql`.
pub(crate) fn route() -> MethodRouter<App> {
    any(handle)
}

async fn handle(
    State(app): State<App>,
    Extension(log): Extension<RequestLog>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    if parts.method == Method::GET && accept::prefers_page(&parts.headers) {
        return graphiql::page();
    }
    let Some(media_type) = accept::negotiate(&parts.headers) else {
        return Refusal::not_acceptable().into_response(MediaType::Json, &log);
    };
    let answered = match origin::check(&app.auth, &parts.headers) {
        Ok(()) => answer(&app, &parts, body, &log).await,
        Err(refusal) => Err(refusal),
    };
    match answered {
        Ok((answer, place, viewer, cookies)) => {
            let errors = response::Reporter { viewer: &viewer, log: &log };
            let mut response = place.until_sent(errors.respond(answer, media_type));
            for cookie in cookies {
                response.headers_mut().append(SET_COOKIE, cookie);
            }
            response
        }
        Err(refusal) => refusal.into_response(media_type, &log),
    }
}

type Answered = (async_graphql::Response, Place, Viewer, Vec<HeaderValue>);

async fn answer(
    app: &App,
    parts: &Parts,
    body: Body,
    log: &RequestLog,
) -> Result<Answered, Refusal> {
    let query = request::read(parts, body, app.edge.max_body).await?;
    let operation = app.edge.prepare(query, parts.method == Method::POST, log)?;
    let (viewer, cookies) = viewer::identify(&app.auth, &parts.headers, log).await?;
    let client = Client::of(&app.auth, parts, &viewer);
    let place = app.edge.admission.admit(client, operation.points()).await?;
    Ok((app.edge.execute(operation, &viewer).await?, place, viewer, cookies))
}
