//! Failures of a request, as `{message, code}`.

use std::{borrow::Cow, error::Error as StdError};

use axum::{
    Json,
    http::{HeaderName, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use domain::{Error, ability::Kind};
use serde::Serialize;

use crate::error_code::{self, ErrorCode, PlainError, TOO_MANY_REQUESTS};

/// better-auth's name of `Retry-After`.
pub(crate) const X_RETRY_AFTER: HeaderName = HeaderName::from_static("x-retry-after");

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
    /// After how many seconds trying again may help.
    retry_after: Option<i64>,
}

impl AuthError {
    /// `code` with a sentence made for this request.
    pub(crate) fn explained(code: ErrorCode, message: String) -> Self {
        let ErrorCode { status, name, .. } = code;
        Self::Refused(Refusal::new(status, Some(name), message))
    }

    /// Too many of something; there may be another one after so many seconds.
    /// better-auth's answer has no code.
    pub(crate) fn too_many(seconds: i64) -> Self {
        let refusal = Refusal::from(TOO_MANY_REQUESTS);
        Self::Refused(Refusal { retry_after: Some(seconds), ..refusal })
    }
}

impl Refusal {
    /// A refusal to which better-auth gives no code.
    pub(crate) fn uncoded(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(status, None, message)
    }

    fn new(
        status: StatusCode,
        code: Option<&'static str>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { status, code, message: message.into(), retry_after: None }
    }
}

impl From<ErrorCode> for Refusal {
    fn from(code: ErrorCode) -> Self {
        let ErrorCode { status, name, message } = code;
        Self::new(status, Some(name), message)
    }
}

impl From<PlainError> for Refusal {
    fn from(PlainError { status, message }: PlainError) -> Self {
        Self::uncoded(status, message)
    }
}

impl From<Refusal> for AuthError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<ErrorCode> for AuthError {
    fn from(code: ErrorCode) -> Self {
        Self::Refused(code.into())
    }
}

impl From<PlainError> for AuthError {
    fn from(uncoded: PlainError) -> Self {
        Self::Refused(uncoded.into())
    }
}

impl From<Error> for AuthError {
    fn from(error: Error) -> Self {
        match error {
            Error::Busy => error_code::SERVICE_UNAVAILABLE.into(),
            // Deleted by another request since this one showed their session.
            Error::NotFound { kind: Kind::User } => error_code::UNAUTHORIZED.into(),
            Error::Internal(_) => Self::Failed(error),
            // A rule of the domain: its name and sentence are for the client.
            error => {
                let status = match error {
                    Error::Unauthenticated => StatusCode::UNAUTHORIZED,
                    Error::Forbidden { .. } => StatusCode::FORBIDDEN,
                    Error::NotFound { .. } => StatusCode::NOT_FOUND,
                    Error::Conflict { .. } => StatusCode::CONFLICT,
                    _ => StatusCode::BAD_REQUEST,
                };
                let (code, message) = (Some(error.code()), error.to_string().into());
                Self::Refused(Refusal { status, code, message, retry_after: None })
            }
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
                Self::from(error_code::INTERNAL_SERVER_ERROR).into_response()
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
