//! Failures of a request, as `{message, code}`.

use std::{borrow::Cow, error::Error as StdError};

use axum::{
    Json,
    http::{HeaderName, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use domain::Error;
use serde::Serialize;

use crate::code::{self, Code};

/// better-auth's name of `Retry-After`.
const X_RETRY_AFTER: HeaderName = HeaderName::from_static("x-retry-after");

/// Why a request was not served.
#[derive(Debug)]
pub(crate) enum AuthError {
    /// The client can do something about it.
    Refused(Refusal),
    /// The client cannot.
    Failed(Error),
}

/// What the client is told.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    /// The stable name; better-auth gives some refusals none.
    pub(crate) code: Option<&'static str>,
    pub(crate) message: Cow<'static, str>,
    /// After how many seconds trying again may help.
    retry_after: Option<i64>,
}

impl AuthError {
    /// `code` with a sentence made for this request.
    pub(crate) fn explained(code: Code, message: String) -> Self {
        let Code { status, name, .. } = code;
        Self::Refused(Refusal::new(status, Some(name), message))
    }

    /// Too many of something; there may be another one after so many seconds.
    /// better-auth's answer has no code.
    pub(crate) fn too_many(seconds: i64) -> Self {
        let message = "Too many requests. Please try again later.";
        let refusal = Refusal::new(StatusCode::TOO_MANY_REQUESTS, None, message);
        Self::Refused(Refusal { retry_after: Some(seconds), ..refusal })
    }

    /// A refusal to which better-auth gives no code.
    pub(crate) fn uncoded(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self::Refused(Refusal::new(status, None, message))
    }
}

impl From<Code> for AuthError {
    fn from(code: Code) -> Self {
        let Code { status, name, message } = code;
        Self::Refused(Refusal::new(status, Some(name), message))
    }
}

impl Refusal {
    fn new(
        status: StatusCode,
        code: Option<&'static str>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { status, code, message: message.into(), retry_after: None }
    }
}

impl From<Error> for AuthError {
    fn from(error: Error) -> Self {
        match error {
            Error::Busy => code::SERVICE_UNAVAILABLE.into(),
            error => Self::Failed(error),
        }
    }
}

#[derive(Serialize)]
struct Body<'a> {
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = Body { message: &self.message, code: self.code };
        let mut response = (self.status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(X_RETRY_AFTER, seconds.into());
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, 1.into());
        }
        response
    }
}

/// The boundary at which failures are logged, once, with their causes.
impl IntoResponse for AuthError {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(refusal) => refusal.into_response(),
            Self::Failed(error) => {
                tracing::error!(causes = causes(&error), "authentication failed to answer");
                Self::from(code::INTERNAL_SERVER_ERROR).into_response()
            }
        }
    }
}

/// What lies behind an error, outermost first.
fn causes(error: &Error) -> String {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    causes.join(": ")
}
