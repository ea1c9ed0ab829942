//! GraphQL over HTTP.
//!
//! What is accepted ([`request`]), in which form it is answered ([`accept`],
//! [`response`]), and what the browser is told about other origins ([`headers`]).
//! The order of a request: where it comes from, what it says, whether it keeps the
//! limits, who sends it, then its execution. Nothing is executed that came by a
//! form, by `text/plain`, or as a mutation by GET: such requests need no consent of
//! another origin's page (cross-site request forgery).
//!
//! Source: the GraphQL-over-HTTP specification (draft).

mod accept;
pub(crate) mod headers;
mod request;
pub(crate) mod response;

use async_graphql::Response as Answer;
use axum::{
    Extension,
    body::Body,
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{COOKIE, ORIGIN, SET_COOKIE},
        request::Parts,
    },
    response::Response,
    routing::{MethodRouter, any},
};
use domain::{Error, Result};
use graphql::{Document, Engine, Operation, Viewer};
use services::Services;

use self::{
    accept::MediaType,
    response::{Refusal, bad_request},
};
use crate::{
    App, Config, graphiql,
    telemetry::{RequestLog, chain},
};

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
    let answered = match check_origin(&app, &parts) {
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

type Answered = (Answer, Viewer, Vec<HeaderValue>);

async fn answer(
    app: &App,
    parts: &Parts,
    body: Body,
    log: &RequestLog,
) -> Result<Answered, Refusal> {
    let query = request::read(parts, body).await?;
    let document = app.edge.engine.document(&query.text)?;
    let operation = document.operation(query.operation_name.as_deref())?;
    if let Some(name) = operation.name {
        log.operation(name);
    }
    app.edge.accepts(parts, &document, &operation)?;
    app.edge.engine.check(&operation, &query.variables)?;
    let (viewer, cookies) = identify(app, &parts.headers).await?;
    if let Viewer(Some(user)) = &viewer {
        log.user(&user.id);
    }
    // The engine has the document; the text is not needed any more.
    let request = async_graphql::Request::new("").variables(query.variables).data(viewer.clone());
    Ok((app.edge.engine.execute(&document, &operation, request).await, viewer, cookies))
}

impl Edge {
    /// Mutations come by POST alone, questions about the schema only where it is open.
    fn accepts(
        &self,
        parts: &Parts,
        document: &Document,
        operation: &Operation<'_>,
    ) -> Result<(), Refusal> {
        if parts.method != Method::POST && !operation.is_query() {
            return Err(Refusal::only_queries_by_get());
        }
        if document.introspects() && !self.introspection {
            return Err(Refusal::introspection_is_off());
        }
        Ok(())
    }
}

async fn identify(app: &App, headers: &HeaderMap) -> Result<(Viewer, Vec<HeaderValue>), Refusal> {
    match app.auth.authenticate(headers).await {
        Ok(Some(found)) => Ok((Viewer(Some(found.user)), found.set_cookies)),
        Ok(None) => Ok((Viewer(None), Vec::new())),
        Err(error) => {
            tracing::error!(error = %chain(&error), "the session cannot be read");
            let status = match error {
                Error::Busy => StatusCode::SERVICE_UNAVAILABLE,
                _ => StatusCode::INTERNAL_SERVER_ERROR,
            };
            Err(Refusal::of(&error, status))
        }
    }
}

/// A page of an origin that is not trusted may not use the visitor's cookie.
fn check_origin(app: &App, parts: &Parts) -> Result<(), Refusal> {
    let origin = parts.headers.get(ORIGIN);
    let Some(origin) = origin.filter(|_| parts.headers.contains_key(COOKIE)) else {
        return Ok(());
    };
    let trusted = origin.to_str().is_ok_and(|origin| app.auth.is_trusted_origin(origin));
    if trusted {
        return Ok(());
    }
    Err(bad_request("this origin is not among BETTER_AUTH_URL and BETTER_AUTH_TRUSTED_ORIGINS")
        .with(StatusCode::FORBIDDEN, "INVALID_ORIGIN"))
}
