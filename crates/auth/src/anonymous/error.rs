//! The module's error codes.

use axum::http::StatusCode;

use crate::error_code::ErrorCode;

pub(super) const ANONYMOUS_USERS_CANNOT_SIGN_IN_AGAIN_ANONYMOUSLY: ErrorCode = ErrorCode::new(
    StatusCode::BAD_REQUEST,
    "ANONYMOUS_USERS_CANNOT_SIGN_IN_AGAIN_ANONYMOUSLY",
    "Anonymous users cannot sign in again anonymously",
);
pub(super) const DELETE_ANONYMOUS_USER_DISABLED: ErrorCode = ErrorCode::new(
    StatusCode::BAD_REQUEST,
    "DELETE_ANONYMOUS_USER_DISABLED",
    "Deleting anonymous users is disabled",
);
pub(super) const USER_IS_NOT_ANONYMOUS: ErrorCode =
    ErrorCode::new(StatusCode::FORBIDDEN, "USER_IS_NOT_ANONYMOUS", "User is not anonymous");
