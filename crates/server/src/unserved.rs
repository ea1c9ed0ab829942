//! Responses to requests that no route answers, in the form of their path's errors.

use axum::{
    http::{HeaderValue, header::CONNECTION},
    response::Response,
};

use crate::{
    graphql_http::response::{Refusal, bad_request, refused},
    paths, rest_error,
    telemetry::RequestLog,
};

/// Whether errors at a path have GraphQL's form.
pub(crate) fn has_graphql_errors(path: &str) -> bool {
    path.starts_with(paths::GRAPHQL)
}

/// The server has no capacity for the request, or the request took too long.
pub(crate) fn busy(is_graphql: bool, log: &RequestLog) -> Response {
    if is_graphql { refused(Refusal::busy(), log) } else { rest_error::busy() }
}

/// The request is not valid HTTP. Nothing after it on its connection is read as a request.
pub(crate) fn malformed(is_graphql: bool, fault: &str, log: &RequestLog) -> Response {
    let mut response =
        if is_graphql { refused(bad_request(fault), log) } else { rest_error::bad_request(fault) };
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
