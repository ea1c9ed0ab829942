//! Passwords in the API reference.

use super::error::{PASSWORD_TOO_LONG, PASSWORD_TOO_SHORT, PASSWORD_TOO_WEAK};
use crate::{
    error_code::ErrorCode,
    openapi::{Schema, Settings},
};

/// The schema of a new password.
pub(crate) fn new_password(settings: &Settings<'_>) -> Schema {
    let config = &settings.config.password;
    Schema::string().length(config.min_length, config.max_length)
}

/// The schema of a current password.
pub(crate) fn current_password(settings: &Settings<'_>) -> Schema {
    Schema::string().length(0, settings.config.password.max_length)
}

/// The refusals of a new password.
pub(crate) fn refusals(settings: &Settings<'_>) -> Vec<ErrorCode> {
    let weak = (settings.config.password.min_score > 0).then_some(PASSWORD_TOO_WEAK);
    [PASSWORD_TOO_SHORT, PASSWORD_TOO_LONG].into_iter().chain(weak).collect()
}

/// The refusals of a current password.
pub(crate) const CURRENT: [ErrorCode; 1] = [PASSWORD_TOO_LONG];
