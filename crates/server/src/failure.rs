//! The error of commands and of the start.

use std::fmt;

use crate::{config::Problems, telemetry::chain};

/// Why a command failed, as text for the operator. Never sent to a client.
#[derive(Debug)]
pub struct Failure(pub(crate) String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self(problems.to_string())
    }
}

/// Internal errors show all their causes.
impl From<domain::Error> for Failure {
    fn from(error: domain::Error) -> Self {
        match &error {
            domain::Error::Internal(source) => Self(chain(source.as_ref())),
            _ => Self(error.to_string()),
        }
    }
}
