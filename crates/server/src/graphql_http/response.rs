//! Responses: data, errors with codes, the status.
//!
//! async-graphql-axum's `GraphQLResponse` lacks the negotiated media type, the status of a
//! request error, a result without `data`, and values that are JSON text already.

use async_graphql::{Pos, Response as Answer, ServerError, Value};
use axum::{
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER},
    },
    response::Response,
};
use domain::Error;
use graphql::{RequestError, Viewer, domain_error, is_request_error, json};

use super::accept::MediaType;
use crate::telemetry::{RequestLog, chain};

/// The error of a request that is not executed.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// `None`: 400, or 200 for clients that only know `application/json`.
    status: Option<StatusCode>,
    code: &'static str,
    message: String,
    location: Option<Pos>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// Creates the error of a malformed request: status 400 for every client.
pub(crate) fn bad_request(message: impl Into<String>) -> Refusal {
    Refusal {
        status: Some(StatusCode::BAD_REQUEST),
        code: "BAD_REQUEST",
        message: message.into(),
        location: None,
        headers: Vec::new(),
    }
}

/// The response after a panic. Its header `x-request-id` is in the log.
pub(crate) fn internal_error() -> Response {
    let mut error = ServerError::new("internal error", None);
    error.extensions.get_or_insert_default().set("code", INTERNAL);
    written(StatusCode::INTERNAL_SERVER_ERROR, MediaType::Json, json::response(&[error], None))
}

/// The response to a request whose format was not negotiated.
pub(crate) fn refused(refusal: Refusal, log: &RequestLog) -> Response {
    refusal.into_response(MediaType::Json, log)
}

/// The error code of internal failures.
const INTERNAL: &str = "INTERNAL_SERVER_ERROR";

impl From<RequestError> for Refusal {
    fn from(RequestError { code, message, location }: RequestError) -> Self {
        Self { status: None, location, code, ..bad_request(message) }
    }
}

impl Refusal {
    pub(super) fn of(error: &Error, status: StatusCode) -> Self {
        let refusal = bad_request(error.to_string()).with(status, error.code());
        match error {
            Error::Busy => refusal.header(RETRY_AFTER, "1"),
            _ => refusal,
        }
    }

    /// The server is overloaded, or the request timed out.
    pub(crate) fn busy() -> Self {
        Self::of(&Error::Busy, StatusCode::SERVICE_UNAVAILABLE)
    }

    pub(super) fn with(self, status: StatusCode, code: &'static str) -> Self {
        Self { status: Some(status), code, ..self }
    }

    pub(super) fn header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.push((name, HeaderValue::from_static(value)));
        self
    }

    /// The client exceeded a limit, and may retry in `seconds`.
    pub(super) fn rate_limited(message: impl Into<String>, seconds: i64) -> Self {
        let names = [RETRY_AFTER, HeaderName::from_static("x-retry-after")];
        let headers = names.map(|name| (name, HeaderValue::from(seconds))).into();
        let refusal = bad_request(message).with(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED");
        Self { headers, ..refusal }
    }

    /// The server panicked; the log contains the panic.
    pub(super) fn internal() -> Self {
        bad_request("internal error").with(StatusCode::INTERNAL_SERVER_ERROR, INTERNAL)
    }

    pub(super) fn not_acceptable() -> Self {
        bad_request("responses are application/graphql-response+json or application/json")
            .with(StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE")
    }

    /// The client of a subscription must accept a stream.
    pub(super) fn needs_a_stream() -> Self {
        bad_request(
            "a subscription is answered as text/event-stream or multipart/mixed, which the \
             header Accept must name, or over a WebSocket (graphql-transport-ws)",
        )
        .with(StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE")
    }

    pub(super) fn only_queries_by_get() -> Self {
        bad_request("only queries may use GET")
            .with(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED")
            .header(ALLOW, "POST")
    }

    pub(super) fn introspection_is_off() -> Self {
        let message = "introspection is off here; the file schema.graphql is the schema";
        Self::of_request("GRAPHQL_VALIDATION_FAILED", message)
    }

    /// A well-formed request that is not executed.
    pub(super) fn of_request(code: &'static str, message: &str) -> Self {
        Self { status: None, code, ..bad_request(message) }
    }

    pub(super) fn into_response(self, media_type: MediaType, log: &RequestLog) -> Response {
        log.outcome(self.code);
        let status = self.status.unwrap_or(match (self.code, media_type) {
            ("TIMEOUT" | "SERVICE_UNAVAILABLE", MediaType::GraphqlResponse) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            _ => request_error_status(media_type),
        });
        let mut response = written(status, media_type, self.body(log));
        response.headers_mut().extend(self.headers);
        response
    }

    /// The refusal as JSON, `{"errors": […]}`.
    pub(super) fn body(&self, log: &RequestLog) -> Vec<u8> {
        json::response(&[self.error(log)], None)
    }

    /// The refusal as a GraphQL error.
    pub(super) fn error(&self, log: &RequestLog) -> ServerError {
        let mut error = ServerError::new(shortened(&self.message), self.location);
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("code", self.code);
        if self.code == INTERNAL {
            extensions.set("requestId", log.id());
        }
        error
    }
}

/// Shortens a message, because it may quote a whole request.
fn shortened(message: &str) -> String {
    const MAX_BYTES: usize = 1_000;
    let end = message.floor_char_boundary(MAX_BYTES);
    let (start, rest) = message.split_at(end);
    if rest.is_empty() { start.to_owned() } else { format!("{start}…") }
}

/// The status of a well-formed request that is not executed. Older clients read errors only
/// with status 200.
fn request_error_status(media_type: MediaType) -> StatusCode {
    match media_type {
        MediaType::GraphqlResponse => StatusCode::BAD_REQUEST,
        MediaType::Json => StatusCode::OK,
    }
}

/// Writes results as responses, and logs their errors.
pub(super) struct Reporter<'a> {
    pub(super) viewer: &'a Viewer,
    pub(super) log: &'a RequestLog,
}

impl Reporter<'_> {
    pub(super) fn respond(&self, answer: Answer, media_type: MediaType) -> Response {
        let is_unavailable = is_unavailable(&answer);
        let (body, invalid) = self.body(answer);
        let status = match (invalid, is_unavailable) {
            (true, _) => request_error_status(media_type),
            (false, true) => StatusCode::SERVICE_UNAVAILABLE,
            (false, false) => StatusCode::OK,
        };
        let mut response = written(status, media_type, body);
        if is_unavailable {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }

    /// Returns the result as JSON, and whether it is a request error.
    pub(super) fn body(&self, answer: Answer) -> (Vec<u8>, bool) {
        let invalid = is_request_error(&answer);
        let errors = self.report(answer.errors, invalid);
        (json::response(&errors, (!invalid).then_some(&answer.data)), invalid)
    }

    /// Returns the errors of a result with their codes.
    pub(super) fn errors(&self, answer: Answer) -> Vec<ServerError> {
        let invalid = is_request_error(&answer);
        self.report(answer.errors, invalid)
    }

    fn report(&self, mut errors: Vec<ServerError>, invalid: bool) -> Vec<ServerError> {
        for error in &mut errors {
            self.complete(error, invalid);
        }
        errors
    }

    /// Adds the code to an error, and logs it.
    fn complete(&self, error: &mut ServerError, invalid: bool) {
        let user_id = self.viewer.0.as_ref().map(|user| user.id.as_str());
        let code = match domain_error(error) {
            Some(known) => {
                match known {
                    Error::Internal(_) => tracing::error!(error = %chain(known), "internal error"),
                    Error::Forbidden { action, kind } => {
                        tracing::warn!(user_id, %action, %kind, "permission denied");
                    }
                    _ => {}
                }
                known.code()
            }
            None if invalid => {
                error.message = shortened(&error.message);
                "GRAPHQL_VALIDATION_FAILED"
            }
            // Only the resolver could refuse this value.
            None => "BAD_USER_INPUT",
        };
        self.log.outcome(code);
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("code", code);
        if code == INTERNAL {
            extensions.set("requestId", self.log.id());
        }
    }
}

/// Whether there is no data because the server is overloaded or its database is unreachable.
fn is_unavailable(answer: &Answer) -> bool {
    let is_empty = || match &answer.data {
        Value::Null => true,
        Value::Object(fields) => fields.values().all(|field| *field == Value::Null),
        _ => false,
    };
    let is_busy = |error| matches!(domain_error(error), Some(Error::Busy));
    !answer.errors.is_empty() && answer.errors.iter().all(is_busy) && is_empty()
}

/// A JSON response that may not be stored, unless [`super::cache`] makes it public.
pub(super) fn written(status: StatusCode, media_type: MediaType, json: Vec<u8>) -> Response {
    let mut response = Response::new(json.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    // Reserves space for the headers that later layers add.
    headers.reserve(16);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type.content_type()));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}

#[cfg(test)]
mod tests;
