//! The module's error codes.

use axum::http::StatusCode;

use crate::error_code::{ErrorCode, PlainError};

pub(super) const OTP_NOT_CONFIGURED: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "OTP_NOT_CONFIGURED", "OTP is not available");
/// The same at `send-otp`, where better-auth has another sentence.
pub(super) const OTP_NOT_SENT: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "OTP_NOT_CONFIGURED", "otp isn't configured");
/// Not in better-auth: one phone or mailbox is not two factors.
pub(super) const OTP_CHANNEL_ALREADY_USED: ErrorCode = ErrorCode::new(
    StatusCode::BAD_REQUEST,
    "OTP_CHANNEL_ALREADY_USED",
    "The first step used the phone or mailbox to which the code is sent. Use another second factor.",
);
pub(super) const OTP_HAS_EXPIRED: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "OTP_HAS_EXPIRED", "OTP has expired");
pub(super) const TOTP_NOT_ENABLED: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "TOTP_NOT_ENABLED", "TOTP not enabled");
pub(super) const TOTP_ALREADY_ENABLED: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "TOTP_ALREADY_ENABLED", "TOTP is already enabled");
pub(super) const TOTP_NOT_CONFIGURED: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "TOTP_NOT_CONFIGURED", "TOTP is not available");
/// The same at the routes of such codes, where better-auth has another sentence.
pub(super) const TOTP_OFF: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "TOTP_NOT_CONFIGURED", "totp isn't configured");
pub(super) const TWO_FACTOR_NOT_ENABLED: ErrorCode =
    ErrorCode::new(StatusCode::BAD_REQUEST, "TWO_FACTOR_NOT_ENABLED", "Two factor isn't enabled");
pub(super) const BACKUP_CODES_NOT_ENABLED: ErrorCode = ErrorCode::new(
    StatusCode::BAD_REQUEST,
    "BACKUP_CODES_NOT_ENABLED",
    "Backup codes aren't enabled",
);
pub(super) const INVALID_BACKUP_CODE: ErrorCode =
    ErrorCode::new(StatusCode::UNAUTHORIZED, "INVALID_BACKUP_CODE", "Invalid backup code");
pub(super) const INVALID_CODE: ErrorCode =
    ErrorCode::new(StatusCode::UNAUTHORIZED, "INVALID_CODE", "Invalid code");
pub(super) const TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE: ErrorCode = ErrorCode::new(
    StatusCode::BAD_REQUEST,
    "TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE",
    "Too many attempts. Please request a new code.",
);
pub(super) const ACCOUNT_TEMPORARILY_LOCKED: ErrorCode = ErrorCode::new(
    StatusCode::TOO_MANY_REQUESTS,
    "ACCOUNT_TEMPORARILY_LOCKED",
    "Too many failed verification attempts. Your account is temporarily locked. Please try again later.",
);
pub(super) const INVALID_TWO_FACTOR_COOKIE: ErrorCode = ErrorCode::new(
    StatusCode::UNAUTHORIZED,
    "INVALID_TWO_FACTOR_COOKIE",
    "Invalid two factor cookie",
);
/// A server that shares the database used a backup code at the same moment.
pub(super) const BACKUP_CODES_CHANGED: PlainError =
    PlainError::new(StatusCode::CONFLICT, "Failed to verify backup code. Please try again.");
