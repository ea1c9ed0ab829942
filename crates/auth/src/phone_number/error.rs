//! The module's error codes.

use axum::http::StatusCode;

use crate::error_code::ErrorCode;

pub(super) const INVALID_PHONE_NUMBER: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "INVALID_PHONE_NUMBER", "Invalid phone number");
pub(super) const PHONE_NUMBER_EXIST: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "PHONE_NUMBER_EXIST", "Phone number already exists");
/// better-auth fails with status 500.
pub(super) const PHONE_NUMBER_NOT_EXIST: ErrorCode = ErrorCode::new(
    StatusCode::BAD_REQUEST,
    "PHONE_NUMBER_NOT_EXIST",
    "phone number isn't registered",
);
pub(super) const INVALID_PHONE_NUMBER_OR_PASSWORD: ErrorCode = ErrorCode::new(
    StatusCode::UNAUTHORIZED,
    "INVALID_PHONE_NUMBER_OR_PASSWORD",
    "Invalid phone number or password",
);
pub(super) const OTP_NOT_FOUND: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "OTP_NOT_FOUND", "OTP not found");
pub(super) const OTP_EXPIRED: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "OTP_EXPIRED", "OTP expired");
pub(super) const INVALID_OTP: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "INVALID_OTP", "Invalid OTP");
pub(super) const PHONE_NUMBER_NOT_VERIFIED: ErrorCode = ErrorCode::new(
    StatusCode::UNAUTHORIZED,
    "PHONE_NUMBER_NOT_VERIFIED",
    "Phone number not verified",
);
pub(super) const PHONE_NUMBER_PENDING_VERIFICATION: ErrorCode = ErrorCode::new(
    StatusCode::BAD_REQUEST,
    "PHONE_NUMBER_PENDING_VERIFICATION",
    "Phone number requires account ownership proof",
);
pub(crate) const PHONE_NUMBER_CANNOT_BE_UPDATED: ErrorCode = ErrorCode::new(
    StatusCode::BAD_REQUEST,
    "PHONE_NUMBER_CANNOT_BE_UPDATED",
    "Phone number cannot be updated",
);
pub(crate) const PHONE_NUMBER_CANNOT_BE_SET: ErrorCode = ErrorCode::new(
    StatusCode::BAD_REQUEST,
    "PHONE_NUMBER_CANNOT_BE_SET",
    "Phone number can only be set by verifying it",
);
pub(super) const SEND_OTP_NOT_IMPLEMENTED: ErrorCode = ErrorCode::new(
    StatusCode::NOT_IMPLEMENTED,
    "SEND_OTP_NOT_IMPLEMENTED",
    "sendOTP not implemented",
);
pub(super) const TOO_MANY_ATTEMPTS: ErrorCode =
    ErrorCode::new(StatusCode::FORBIDDEN, "TOO_MANY_ATTEMPTS", "Too many attempts");
/// Of a request that changes the number of a session that it does not have.
pub(super) const USER_NOT_FOUND: ErrorCode =
    ErrorCode::new(StatusCode::UNAUTHORIZED, "USER_NOT_FOUND", "User not found");
