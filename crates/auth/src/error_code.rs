//! Error codes: the stable names by which clients distinguish refusals.

use axum::http::StatusCode;

/// A refusal with a code. Feature modules define theirs as constants.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ErrorCode {
    pub(crate) status: StatusCode,
    /// The stable name, e.g. `INVALID_EMAIL`.
    pub(crate) name: &'static str,
    /// better-auth's English sentence.
    pub(crate) message: &'static str,
}

impl ErrorCode {
    pub(crate) const fn new(status: StatusCode, name: &'static str, message: &'static str) -> Self {
        Self { status, name, message }
    }
}

/// A refusal to which better-auth gives a sentence and no code.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlainError {
    pub(crate) status: StatusCode,
    pub(crate) message: &'static str,
}

impl PlainError {
    pub(crate) const fn new(status: StatusCode, message: &'static str) -> Self {
        Self { status, message }
    }
}

/// A refusal in the form of OAuth, `{error, error_description}`. Source: RFC 6749, section 5.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OauthError {
    pub(crate) status: StatusCode,
    /// E.g. `invalid_request`.
    pub(crate) error: &'static str,
    pub(crate) description: &'static str,
}

impl OauthError {
    pub(crate) const fn new(
        status: StatusCode,
        error: &'static str,
        description: &'static str,
    ) -> Self {
        Self { status, error, description }
    }
}

pub(crate) const NO_FIELDS_TO_UPDATE: PlainError =
    PlainError::new(StatusCode::BAD_REQUEST, "No fields to update");
pub(crate) const TOO_MANY_REQUESTS: PlainError =
    PlainError::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests. Please try again later.");
pub(crate) const BAD_REQUEST: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", "Invalid JSON in request body");
pub(crate) const VALIDATION_ERROR: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", "Validation Error");
pub(crate) const PAYLOAD_TOO_LARGE: ErrorCode =
    ErrorCode::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", "Request body is too large");
/// Not in better-auth: the body did not arrive in time.
pub(crate) const REQUEST_TIMEOUT: ErrorCode = ErrorCode::new(
    StatusCode::REQUEST_TIMEOUT,
    "REQUEST_TIMEOUT",
    "The request body did not come in time",
);
pub(crate) const UNSUPPORTED_MEDIA_TYPE: ErrorCode = ErrorCode::new(
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    "UNSUPPORTED_MEDIA_TYPE",
    "Content-Type is not allowed",
);
pub(crate) const UNAUTHORIZED: ErrorCode =
    ErrorCode::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "Unauthorized");
pub(crate) const BANNED_USER: ErrorCode = ErrorCode::new(
    StatusCode::FORBIDDEN,
    "BANNED_USER",
    "You have been banned from this application. Please contact support if you believe this is an error.",
);
/// Not in better-auth, whose methods without this refusal always sign up.
pub(crate) const SIGN_UP_DISABLED: ErrorCode =
    ErrorCode::new(StatusCode::FORBIDDEN, "SIGN_UP_DISABLED", "New users cannot sign up");
pub(crate) const EMAIL_NOT_VERIFIED: ErrorCode =
    ErrorCode::new(StatusCode::FORBIDDEN, "EMAIL_NOT_VERIFIED", "Email not verified");
/// Not in better-auth, which has no queue that could be full.
pub(crate) const SERVICE_UNAVAILABLE: ErrorCode = ErrorCode::new(
    StatusCode::SERVICE_UNAVAILABLE,
    "SERVICE_UNAVAILABLE",
    "The server is busy. Please try again later.",
);
pub(crate) const INTERNAL_SERVER_ERROR: ErrorCode = ErrorCode::new(
    StatusCode::INTERNAL_SERVER_ERROR,
    "INTERNAL_SERVER_ERROR",
    "Internal Server Error",
);
