//! Errors of a request, as `{message, code}`.

use std::{borrow::Cow, error::Error as StdError};

use axum::{
    Json,
    http::{HeaderName, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use domain::{Error, ability::Kind};
use serde::Serialize;

use crate::error_code::{self, ErrorCode, OauthError, PlainError, TOO_MANY_REQUESTS};

/// better-auth's name of `Retry-After`.
pub(crate) const X_RETRY_AFTER: HeaderName = HeaderName::from_static("x-retry-after");

/// The error of a request.
#[derive(Debug)]
pub(crate) enum AuthError {
    /// The client can correct the request.
    Refused(Refusal),
    /// The service failed.
    Failed(Error),
}

/// An error for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    /// The stable name; some refusals of better-auth have none.
    pub(crate) code: Option<&'static str>,
    pub(crate) message: Cow<'static, str>,
    pub(crate) form: BodyForm,
    /// Seconds after which the client may try again.
    retry_after: Option<i64>,
}

/// The form of a refusal's body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum BodyForm {
    /// `{message, code}`
    #[default]
    BetterAuth,
    /// `{message, status, code}`, as at some routes of better-auth.
    WithStatus,
    /// `{error, error_description}`
    Oauth,
}

impl AuthError {
    /// `code` with a message made for this request.
    pub(crate) fn explained(code: ErrorCode, message: String) -> Self {
        let ErrorCode { status, name, .. } = code;
        Self::Refused(Refusal::new(status, Some(name), message))
    }

    /// Logs a failure with its causes. A response that hides it must call this.
    pub(crate) fn log(error: &Error) {
        tracing::error!(causes = causes(error), "authentication request failed");
    }

    /// 429: the client may retry after this many seconds. better-auth's response has no code.
    pub(crate) fn too_many(seconds: i64) -> Self {
        let refusal = Refusal::from(TOO_MANY_REQUESTS);
        Self::Refused(Refusal { retry_after: Some(seconds), ..refusal })
    }
}

impl Refusal {
    /// A refusal without a code, as better-auth gives it.
    pub(crate) fn plain(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(status, None, message)
    }

    /// A refusal in the form of OAuth with a description made for this request.
    pub(crate) fn oauth(error: OauthError, description: impl Into<Cow<'static, str>>) -> Self {
        let OauthError { status, error, .. } = error;
        Self { form: BodyForm::Oauth, ..Self::new(status, Some(error), description) }
    }

    /// The same with the status in the body.
    pub(crate) fn with_status(self) -> Self {
        Self { form: BodyForm::WithStatus, ..self }
    }

    fn new(
        status: StatusCode,
        code: Option<&'static str>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { status, code, message: message.into(), form: BodyForm::default(), retry_after: None }
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
        Self::plain(status, message)
    }
}

impl From<OauthError> for Refusal {
    fn from(error: OauthError) -> Self {
        Self::oauth(error, error.description)
    }
}

impl From<OauthError> for AuthError {
    fn from(error: OauthError) -> Self {
        Self::Refused(error.into())
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
    fn from(error: PlainError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<Error> for AuthError {
    fn from(error: Error) -> Self {
        match error {
            Error::Busy => error_code::SERVICE_UNAVAILABLE.into(),
            // Another request deleted the user after this one was authenticated.
            Error::NotFound { kind: Kind::User } => error_code::UNAUTHORIZED.into(),
            Error::Internal(_) => Self::Failed(error),
            // A rule of the domain: the client gets its code and message.
            error => {
                let status = match error {
                    Error::Unauthenticated => StatusCode::UNAUTHORIZED,
                    Error::Forbidden { .. } => StatusCode::FORBIDDEN,
                    Error::NotFound { .. } => StatusCode::NOT_FOUND,
                    Error::Conflict { .. } => StatusCode::CONFLICT,
                    _ => StatusCode::BAD_REQUEST,
                };
                let (code, message) = (Some(error.code()), error.to_string());
                Self::Refused(Refusal::new(status, code, message))
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

/// The form of the body at some routes of better-auth.
#[derive(Serialize)]
struct BodyWithStatus<'a> {
    message: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
}

/// OAuth's form.
#[derive(Serialize)]
struct OauthBody<'a> {
    error: Option<&'a str>,
    error_description: &'a str,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self { status, code, ref message, form, .. } = self;
        let mut response = match form {
            BodyForm::BetterAuth => Json(Body { message, code }).into_response(),
            BodyForm::WithStatus => {
                let status = status.as_u16();
                Json(BodyWithStatus { message, status, code }).into_response()
            }
            BodyForm::Oauth => {
                Json(OauthBody { error: code, error_description: message }).into_response()
            }
        };
        *response.status_mut() = status;
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

/// Logs failures once, with their causes, at this boundary.
impl IntoResponse for AuthError {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(refusal) => refusal.into_response(),
            Self::Failed(error) => {
                Self::log(&error);
                Self::from(error_code::INTERNAL_SERVER_ERROR).into_response()
            }
        }
    }
}

/// The causes of an error, outermost first.
fn causes(error: &Error) -> String {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    causes.join(": ")
}
