//! Scalars of the schema.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use bytes::Bytes;
use chrono::{SecondsFormat, Utc};
use domain::Error;
use serde::Serialize;

use crate::error::ApiError;

/// An instant in a request or a response.
#[derive(Clone, Copy)]
pub(crate) struct DateTime(pub(crate) chrono::DateTime<Utc>);

/// An instant in UTC with milliseconds, e.g. `2026-11-20T12:00:00.123Z` (RFC 3339).
#[Scalar(specified_by_url = "https://scalars.graphql.org/andimarek/date-time")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        Ok(Self(chrono::DateTime::parse_from_rfc3339(text)?.to_utc()))
    }

    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

/// The content of an uploaded file. Only a multipart form can contain it, so neither strings nor
/// JSON are valid.
pub(crate) struct Upload(pub(crate) Bytes);

/// A file, sent in a form as the GraphQL multipart request specification describes.
#[Scalar(specified_by_url = "https://github.com/jaydenseric/graphql-multipart-request-spec")]
impl ScalarType for Upload {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::Binary(content) => Ok(Self(content)),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn is_valid(value: &Value) -> bool {
        matches!(value, Value::Binary(_))
    }

    fn to_value(&self) -> Value {
        Value::Binary(self.0.clone())
    }
}

/// Any JSON value.
pub(crate) struct Json(Value);

impl Json {
    /// Serializes `value`.
    pub(crate) fn of<T: Serialize>(value: &T) -> Result<Self, ApiError> {
        Ok(Self(async_graphql::to_value(value).map_err(Error::internal)?))
    }
}

/// Any JSON value: an object, a list, a string, a number, true, false or null.
#[Scalar(name = "JSON", specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value))
    }

    fn is_valid(value: &Value) -> bool {
        // An uploaded file is not JSON.
        !matches!(value, Value::Binary(_))
    }

    fn to_value(&self) -> Value {
        self.0.clone()
    }
}
