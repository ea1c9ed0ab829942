//! Errors of requests that are not executed, and of schemas that cannot be served.

use std::{error::Error, fmt};

use async_graphql::Pos;

/// The reason why a request is not executed: a request error of the GraphQL specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestError {
    /// The stable code, for `extensions.code`.
    pub code: &'static str,
    /// A readable sentence.
    pub message: String,
    /// The position in the document, if the error has one.
    pub location: Option<Pos>,
}

impl RequestError {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), location: None }
    }
}

/// Code of a document that is not GraphQL.
pub(crate) const PARSE_FAILED: &str = "GRAPHQL_PARSE_FAILED";
/// Code of a document that does not fit the schema or exceeds a limit.
pub(crate) const VALIDATION_FAILED: &str = "GRAPHQL_VALIDATION_FAILED";
/// Code of a request whose document does not have the operation.
pub(crate) const RESOLUTION_FAILURE: &str = "OPERATION_RESOLUTION_FAILURE";
/// Code of variables that do not fit their types.
pub(crate) const BAD_USER_INPUT: &str = "BAD_USER_INPUT";
/// Code of a response for which no memory is free.
pub(crate) const SERVICE_UNAVAILABLE: &str = "SERVICE_UNAVAILABLE";

/// The reason why the engine cannot serve a schema; the message names the type or field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaError(pub(crate) String);

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for SchemaError {}
