//! The module's error codes.

use axum::http::StatusCode;

use crate::error_code::ErrorCode;

pub(crate) const MISSING_RESPONSE: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "MISSING_RESPONSE", "Missing CAPTCHA response");
pub(crate) const VERIFICATION_FAILED: ErrorCode =
    ErrorCode::new(StatusCode::FORBIDDEN, "VERIFICATION_FAILED", "Captcha verification failed");
/// The service did not answer.
pub(crate) const UNKNOWN_ERROR: ErrorCode =
    ErrorCode::new(StatusCode::INTERNAL_SERVER_ERROR, "UNKNOWN_ERROR", "Something went wrong");
