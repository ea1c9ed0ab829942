//! How a request is answered: data, errors with codes, the status.

use async_graphql::{Pos, Response as Answer, ServerError, Value};
use axum::{
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
};
use domain::Error;
use graphql::{Rejection, Viewer, domain_error, is_request_error};
use serde::Serialize;
use serde_json::json;

use super::accept::MediaType;
use crate::telemetry::{RequestLog, chain};

/// Why a request was not executed at all.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// `None`: 400, or 200 for clients that only know `application/json`.
    status: Option<StatusCode>,
    code: &'static str,
    message: String,
    location: Option<Pos>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// A request that cannot be understood, with the status 400 for every client.
pub(super) fn bad_request(message: impl Into<String>) -> Refusal {
    Refusal {
        status: Some(StatusCode::BAD_REQUEST),
        code: "BAD_REQUEST",
        message: message.into(),
        location: None,
        headers: Vec::new(),
    }
}

/// The answer to a request during which the server panicked; the header
/// `x-request-id` says what to look for in the log.
pub(crate) fn internal_error() -> Response {
    let error = json!({ "message": "internal error", "extensions": { "code": INTERNAL } });
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    body(status, MediaType::Json, &json!({ "errors": [error] }))
}

/// The server's fault.
const INTERNAL: &str = "INTERNAL_SERVER_ERROR";

impl From<Rejection> for Refusal {
    fn from(Rejection { code, message, location }: Rejection) -> Self {
        Self { status: None, location, code, ..bad_request(message) }
    }
}

impl Refusal {
    pub(super) fn of(error: &Error, status: StatusCode) -> Self {
        let refusal = bad_request(error.to_string()).with(status, error.code());
        match error {
            Error::Busy => refusal.header(RETRY_AFTER, 1),
            _ => refusal,
        }
    }

    pub(super) fn with(self, status: StatusCode, code: &'static str) -> Self {
        Self { status: Some(status), code, ..self }
    }

    pub(super) fn header(mut self, name: HeaderName, value: impl Into<HeaderValue>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Too much of one client; in so many seconds there is room again.
    pub(super) fn rate_limited(message: impl Into<String>, seconds: i64) -> Self {
        bad_request(message)
            .with(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED")
            .header(RETRY_AFTER, seconds)
            .header(HeaderName::from_static("x-retry-after"), seconds)
    }

    pub(super) fn not_acceptable() -> Self {
        bad_request("answers are application/graphql-response+json or application/json")
            .with(StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE")
    }

    pub(super) fn only_queries_by_get() -> Self {
        bad_request("only queries may come by GET")
            .with(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED")
            .header(ALLOW, HeaderValue::from_static("POST"))
    }

    pub(super) fn introspection_is_off() -> Self {
        let message = "introspection is off here; the file schema.graphql is the schema";
        Self { status: None, code: "GRAPHQL_VALIDATION_FAILED", ..bad_request(message) }
    }

    /// Apollo's and urql's clients know this message and send the whole query.
    pub(super) fn persisted_queries_are_off() -> Self {
        let refusal = bad_request("PersistedQueryNotSupported");
        Self { status: None, code: "PERSISTED_QUERY_NOT_SUPPORTED", ..refusal }
    }

    pub(super) fn into_response(self, media_type: MediaType, log: &RequestLog) -> Response {
        log.outcome(self.code);
        let status = self.status.unwrap_or(match (self.code, media_type) {
            ("TIMEOUT", MediaType::GraphqlResponse) => StatusCode::SERVICE_UNAVAILABLE,
            _ => request_error_status(media_type),
        });
        let mut error = ServerError::new(self.message, self.location);
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("code", self.code);
        if self.code == INTERNAL {
            extensions.set("requestId", log.id());
        }
        let mut response = body(status, media_type, &Body { errors: &[error], data: None });
        response.headers_mut().extend(self.headers);
        response
    }
}

/// A well-formed request that is not executed: older clients read errors only
/// under the status 200.
fn request_error_status(media_type: MediaType) -> StatusCode {
    match media_type {
        MediaType::GraphqlResponse => StatusCode::BAD_REQUEST,
        MediaType::Json => StatusCode::OK,
    }
}

/// Errors first, as the specification advises, and no `data` beside a request error.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
}

/// Turns an execution's result into a response, and logs what failed in it.
pub(super) struct Reporter<'a> {
    pub(super) viewer: &'a Viewer,
    pub(super) log: &'a RequestLog,
}

impl Reporter<'_> {
    pub(super) fn respond(&self, mut answer: Answer, media_type: MediaType) -> Response {
        let invalid = is_request_error(&answer);
        for error in &mut answer.errors {
            self.complete(error, invalid);
        }
        let status = if invalid { request_error_status(media_type) } else { StatusCode::OK };
        let data = (!invalid).then_some(&answer.data);
        body(status, media_type, &Body { errors: &answer.errors, data })
    }

    /// Gives an error its code, and the log what it should know.
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
            None if invalid => "GRAPHQL_VALIDATION_FAILED",
            // A value that only its resolver could refuse.
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

fn body(status: StatusCode, media_type: MediaType, content: &impl Serialize) -> Response {
    let headers = [(CONTENT_TYPE, media_type.content_type()), (CACHE_CONTROL, "no-store")];
    match serde_json::to_vec(content) {
        Ok(bytes) => (status, headers, bytes).into_response(),
        Err(error) => {
            tracing::error!(%error, "an answer cannot be written as JSON");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
