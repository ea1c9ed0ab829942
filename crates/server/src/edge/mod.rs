//! GraphQL over HTTP.
//!
//! What is accepted ([`request`]), in which form it is answered ([`accept`],
//! [`response`]), and what the browser is told about other origins ([`headers`]).
//! The order of a request: where it comes from ([`origin`]), what it says, whether it
//! keeps the limits ([`execute`]), who sends it ([`viewer`]), then its execution. Nothing is executed that came by a
//! form, by `text/plain`, or as a mutation by GET: such requests need no consent of
//! another origin's page (cross-site request forgery).
//!
//! Source: the GraphQL-over-HTTP specification (draft).

mod accept;
mod execute;
pub(crate) mod headers;
mod origin;
mod request;
pub(crate) mod response;
mod viewer;

use axum::{
    Extension,
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, Method, header::SET_COOKIE, request::Parts},
    response::Response,
    routing::{MethodRouter, any},
};
use domain::Result;
use graphql::{Engine, Viewer};
use services::Services;

use self::{accept::MediaType, response::Refusal};
use crate::{App, Config, graphiql, telemetry::RequestLog};

/// What every GraphQL request needs.
pub(crate) struct Edge {
    engine: Engine,
    introspection: bool,
}

impl Edge {
    /// Must be called within a Tokio runtime.
    pub(crate) fn new(services: Services, config: &Config) -> Result<Self> {
        let Config { introspection, limits, .. } = *config;
        Ok(Self { engine: Engine::new(services, limits, introspection)?, introspection })
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
        Ok((answer, viewer, cookies)) => {
            let errors = response::Reporter { viewer: &viewer, log: &log };
            let mut response = errors.respond(answer, media_type);
            for cookie in cookies {
                response.headers_mut().append(SET_COOKIE, cookie);
            }
            response
        }
        Err(refusal) => refusal.into_response(media_type, &log),
    }
}

type Answered = (async_graphql::Response, Viewer, Vec<HeaderValue>);

async fn answer(
    app: &App,
    parts: &Parts,
    body: Body,
    log: &RequestLog,
) -> Result<Answered, Refusal> {
    let query = request::read(parts, body).await?;
    let operation = app.edge.prepare(query, parts.method == Method::POST, log)?;
    let (viewer, cookies) = viewer::identify(&app.auth, &parts.headers, log).await?;
    Ok((app.edge.execute(operation, &viewer).await, viewer, cookies))
}
