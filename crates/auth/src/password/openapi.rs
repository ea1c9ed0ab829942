//! How passwords look in the document.

use super::error::{PASSWORD_TOO_LONG, PASSWORD_TOO_SHORT, PASSWORD_TOO_WEAK};
use crate::{
    error_code::ErrorCode,
    openapi::{Schema, Settings},
};

/// A password that is to be set.
pub(crate) fn new_password(settings: &Settings<'_>) -> Schema {
    let config = &settings.config.password;
    Schema::string().long(config.min_length, config.max_length)
}

/// A password that is tried.
pub(crate) fn tried_password(settings: &Settings<'_>) -> Schema {
    Schema::string().long(0, settings.config.password.max_length)
}

/// How a new one may be refused.
pub(crate) fn refusals(settings: &Settings<'_>) -> Vec<ErrorCode> {
    let weak = (settings.config.password.min_score > 0).then_some(PASSWORD_TOO_WEAK);
    [PASSWORD_TOO_SHORT, PASSWORD_TOO_LONG].into_iter().chain(weak).collect()
}

/// How one that is tried may be.
pub(crate) const TRIED: [ErrorCode; 1] = [PASSWORD_TOO_LONG];
