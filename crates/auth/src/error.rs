//! Failures of a request, as `{message, code}`.

use std::{borrow::Cow, error::Error as StdError};

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use domain::Error;
use serde::Serialize;

use crate::code::{self, Code, Uncoded};

/// Why a request was not served.
#[derive(Debug)]
pub(crate) enum AuthError {
    /// The client can do something about it.
    Refused(Refusal),
    /// The client cannot.
    Failed(Error),
}

/// What the client is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    /// The stable name; better-auth gives some refusals none.
    pub(crate) code: Option<&'static str>,
    pub(crate) message: Cow<'static, str>,
}

impl AuthError {
    /// `code` with a sentence made for this request.
    pub(crate) fn explained(code: Code, message: String) -> Self {
        let Code { status, name, .. } = code;
        Self::Refused(Refusal { status, code: Some(name), message: message.into() })
    }
}

impl Refusal {
    /// A refusal to which better-auth gives no code.
    pub(crate) fn uncoded(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code: None, message: message.into() }
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        let Code { status, name, message } = code;
        Self { status, code: Some(name), message: message.into() }
    }
}

impl From<Uncoded> for Refusal {
    fn from(Uncoded { status, message }: Uncoded) -> Self {
        Self::uncoded(status, message)
    }
}

impl From<Refusal> for AuthError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Code> for AuthError {
    fn from(code: Code) -> Self {
        Self::Refused(code.into())
    }
}

impl From<Uncoded> for AuthError {
    fn from(uncoded: Uncoded) -> Self {
        Self::Refused(uncoded.into())
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
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
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
