//! GraphQL over HTTP. [`answer`] shows the steps of a request:
//!
//! 1. [`socket`] handles an upgrade to WebSocket.
//! 2. [`accept`] negotiates the format of the response.
//! 3. [`origin`] refuses requests with a cookie from untrusted pages.
//! 4. [`request`] reads the parameters of the URL, of a JSON [`body`] or of an [`upload`]. A
//!    list of requests is a [`batch`].
//! 5. [`prepared::prepare`] finds the document ([`documents`], [`trusted`]) and its operation,
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
mod keep_alive;
mod keyed_limiter;
mod multipart;
mod origin;
mod params;
mod prepared;
mod request;
mod request_context;
pub(crate) mod response;
mod socket;
mod sse;
mod state;
mod stream;
mod stream_format;
mod subscription;
mod trusted;
mod unsent;
mod upload;
mod upload_budget;

use std::sync::Arc;

use axum::{
    body::Body,
    extract::Request,
    http::{Method, request::Parts},
    response::Response,
};

use self::{
    accept::{Accept, MediaType},
    caller::Caller,
    prepared::prepare,
    request::{GraphqlRequest, RequestBody},
    request_context::{Outcome, RequestContext},
    response::Refusal,
    stream_format::StreamFormat,
};
pub(crate) use self::{request::METHODS, state::GraphqlHttp};
use crate::{graphiql, telemetry::RequestLog, time_limit::within};

/// Responds to a request to `/graphql`.
pub(crate) async fn answer(
    graphql: &Arc<GraphqlHttp>,
    request: Request,
    log: &RequestLog,
) -> Response {
    let (mut parts, body) = request.into_parts();
    if socket::is_upgrade(&parts) {
        return Box::pin(socket::upgrade(graphql, &mut parts, log)).await;
    }
    let response = respond(graphql, &parts, body, log).await;
    compress::compressed(&parts, cache::vary(&parts, response)).await
}

/// Responds in the format that the client accepts, within the timeout of a request.
async fn respond(
    graphql: &Arc<GraphqlHttp>,
    parts: &Parts,
    body: Body,
    log: &RequestLog,
) -> Response {
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
    let context = RequestContext { graphql, parts, media_type, stream, log };
    let answered = within(graphql.request_time, answer_body(&context, body)).await;
    let answered = answered.unwrap_or_else(|| Err(Refusal::busy()));
    let response = match answered.unwrap_or_else(|refusal| context.refuse(refusal)) {
        response if only_events && !stream_format::is_stream(&response) => {
            Box::pin(sse::single_event(response)).await
        }
        response => response,
    };
    unsent::hold_permit(response)
}

/// Reads the body, and executes its requests.
async fn answer_body(context: &RequestContext<'_>, body: Body) -> Result<Response, Refusal> {
    let RequestContext { graphql, parts, .. } = context;
    origin::check(&graphql.auth, &parts.headers)?;
    if upload::is_form(parts) {
        return Box::pin(answer_form(context, body)).await;
    }
    let body = request::read(parts, body, graphql.body_limits).await?;
    answer_requests(context, body, None).await
}

/// Executes a form's requests. Only users may upload its files.
async fn answer_form(context: &RequestContext<'_>, form: Body) -> Result<Response, Refusal> {
    let RequestContext { graphql, parts, .. } = context;
    upload::check(parts)?;
    let caller = context.identify().await?;
    let batch_limit = graphql.body_limits.batch;
    let body = graphql.uploads.read(parts, form, &caller.viewer, batch_limit).await?;
    answer_requests(context, body, Some(caller)).await
}

async fn answer_requests(
    context: &RequestContext<'_>,
    body: RequestBody,
    caller: Option<Caller>,
) -> Result<Response, Refusal> {
    match body {
        RequestBody::One(request) => answer_one(context, request, caller).await,
        RequestBody::Several(requests) => Box::pin(batch::answer(context, requests, caller)).await,
    }
}

async fn answer_one(
    context: &RequestContext<'_>,
    request: GraphqlRequest,
    caller: Option<Caller>,
) -> Result<Response, Refusal> {
    let RequestContext { graphql, parts, log, .. } = *context;
    let prepared = prepare(graphql, request, parts.method == Method::POST, log)?;
    let caller = context.known(caller).await?;
    if prepared.is_subscription() {
        let mut response = Box::pin(stream::subscribe(context, prepared, &caller)).await?;
        caller.append_cookies(&mut response);
        return Ok(response);
    }
    let reservation = graphql.engine.reservation();
    let Outcome { mut response, has_errors, permit } =
        context.execute(prepared, &caller, reservation).await?;
    caller.append_cookies(&mut response);
    if !has_errors && cache::is_public(parts) {
        response = cache::publish(parts, response, graphql.cache_max_age).await;
    }
    Ok(permit.attach(response))
}
