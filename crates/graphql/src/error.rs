//! Conversion of domain errors to GraphQL errors with a code.

use std::sync::Arc;

use async_graphql::{ErrorExtensionValues, ServerError, Value, indexmap::IndexMap};
use domain::{Error, FieldError};

use crate::current::current;

/// A domain error that a resolver returns. The type intentionally has no `Display`: async-graphql
/// converts every `Display` to an error without a code, so a plain `?` would lose the code.
#[derive(Clone, Debug)]
pub(crate) struct ApiError(Arc<Error>);

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self(Arc::new(error))
    }
}

impl From<ApiError> for async_graphql::Error {
    fn from(ApiError(error): ApiError) -> Self {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", error.code());
        match &*error {
            Error::Invalid(fields) | Error::Conflict(fields) => {
                extensions.set("fields", messages_by_field(fields));
            }
            Error::Outdated(row) => extensions.set("current", current(row.as_ref())),
            _ => {}
        }
        Self { message: error.to_string(), source: Some(error), extensions: Some(extensions) }
    }
}

/// `{ title: ["must not be empty"] }`: every failing field with its messages.
fn messages_by_field(fields: &[FieldError]) -> Value {
    let mut messages: IndexMap<async_graphql::Name, Value> = IndexMap::new();
    for FieldError { field, message } in fields {
        let of_field = messages
            .entry(async_graphql::Name::new(field.as_ref()))
            .or_insert_with(|| Value::List(Vec::new()));
        if let Value::List(list) = of_field {
            list.push(message.as_str().into());
        }
    }
    Value::Object(messages)
}

/// The domain error behind a GraphQL error, if there is one.
#[must_use]
pub fn domain_error(error: &ServerError) -> Option<&Error> {
    error.source::<Error>()
}
