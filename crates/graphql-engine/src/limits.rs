//! The configurable limits of one request, each with its setting, default and error code.

use std::time::Duration;

use crate::error::{BAD_USER_INPUT, PARSE_FAILED, RequestError, VALIDATION_FAILED};

/// The kind of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitKind {
    /// Bytes of a request's body.
    BodyBytes,
    /// Bytes of the document.
    DocumentBytes,
    /// Lexical tokens of the document.
    Tokens,
    /// Operations of the document.
    Operations,
    /// Levels of nested fields.
    Depth,
    /// Levels of fields below `__schema` and `__type`; the query of `GraphiQL` has 13.
    IntrospectionDepth,
    /// Points of introspection: about how many fields the response has.
    IntrospectionComplexity,
    /// Fields with an alias.
    Aliases,
    /// Fields of an operation's root type.
    RootFields,
    /// Directives.
    Directives,
    /// Fields and fragments; those of a fragment count once for each spread.
    Fields,
    /// Points: the fields that the response may have, and the points that
    /// [`FieldCost`](crate::FieldCost) adds.
    Complexity,
    /// Values of one list, in the document or in a variable.
    ListLength,
    /// Bytes of the variables' names, texts and numbers, counted once and for each use.
    VariablesBytes,
    /// Bytes of the response.
    ResponseBytes,
    /// Milliseconds of the execution.
    Time,
}

/// A row of [`LIMITS`].
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// The kind.
    pub kind: LimitKind,
    /// The environment variable of the setting.
    pub setting: &'static str,
    /// The limit without a setting.
    pub default: u32,
    /// The code of the error.
    code: &'static str,
    /// The subject and verb of the error message, for example `the document has`.
    subject: &'static str,
    /// The object of the error message, for example `tokens`.
    unit: &'static str,
}

/// The configurable limits of one request, in the order of [`LimitKind`].
#[rustfmt::skip]
pub const LIMITS: [Limit; 16] = [
    row(LimitKind::BodyBytes, "GRAPHQL_MAX_BODY_BYTES", 1_048_576, "PAYLOAD_TOO_LARGE", "the body has", "bytes"),
    row(LimitKind::DocumentBytes, "GRAPHQL_MAX_DOCUMENT_BYTES", 65_536, PARSE_FAILED, "the document has", "bytes"),
    row(LimitKind::Tokens, "GRAPHQL_MAX_TOKENS", 2_000, PARSE_FAILED, "the document has", "tokens"),
    row(LimitKind::Operations, "GRAPHQL_MAX_OPERATIONS", 50, VALIDATION_FAILED, "the document has", "operations"),
    row(LimitKind::Depth, "GRAPHQL_MAX_DEPTH", 10, VALIDATION_FAILED, "the document has", "levels of fields"),
    row(LimitKind::IntrospectionDepth, "GRAPHQL_MAX_INTROSPECTION_DEPTH", 16, VALIDATION_FAILED, "the document has", "levels of introspection"),
    row(LimitKind::IntrospectionComplexity, "GRAPHQL_MAX_INTROSPECTION_COMPLEXITY", 50_000, VALIDATION_FAILED, "the document has", "points of introspection"),
    row(LimitKind::Aliases, "GRAPHQL_MAX_ALIASES", 30, VALIDATION_FAILED, "the document has", "aliases"),
    row(LimitKind::RootFields, "GRAPHQL_MAX_ROOT_FIELDS", 30, VALIDATION_FAILED, "an operation has", "root fields"),
    row(LimitKind::Directives, "GRAPHQL_MAX_DIRECTIVES", 50, VALIDATION_FAILED, "the document has", "directives"),
    row(LimitKind::Fields, "GRAPHQL_MAX_FIELDS", 1_000, VALIDATION_FAILED, "the document has", "fields"),
    row(LimitKind::Complexity, "GRAPHQL_MAX_COMPLEXITY", 10_000, VALIDATION_FAILED, "the operation has", "points of complexity; ask for shorter lists by limit, first or last"),
    row(LimitKind::ListLength, "GRAPHQL_MAX_LIST_LENGTH", 1_000, BAD_USER_INPUT, "a list has", "values"),
    row(LimitKind::VariablesBytes, "GRAPHQL_MAX_VARIABLES_BYTES", 262_144, BAD_USER_INPUT, "the variables have", "bytes"),
    row(LimitKind::ResponseBytes, "GRAPHQL_MAX_RESPONSE_BYTES", 4_194_304, "RESPONSE_TOO_LARGE", "the response has", "bytes"),
    row(LimitKind::Time, "GRAPHQL_TIMEOUT_MS", 10_000, "TIMEOUT", "the execution takes", "milliseconds"),
];

const fn row(
    kind: LimitKind,
    setting: &'static str,
    default: u32,
    code: &'static str,
    subject: &'static str,
    unit: &'static str,
) -> Limit {
    Limit { kind, setting, default, code, subject, unit }
}

/// The limits of one request. [`Limits::default`] has the defaults of [`LIMITS`].
#[derive(Clone, Copy, Debug)]
pub struct Limits([u32; LIMITS.len()]);

impl Default for Limits {
    fn default() -> Self {
        Self(LIMITS.map(|limit| limit.default))
    }
}

impl Limits {
    /// Returns the limits with another value for one of them.
    #[must_use]
    pub fn with(mut self, kind: LimitKind, limit: u32) -> Self {
        if let Some(known) = self.0.get_mut(kind as usize) {
            *known = limit;
        }
        self
    }

    /// Returns the value of a limit.
    #[must_use]
    pub fn get(&self, kind: LimitKind) -> usize {
        let limit = self.0.get(kind as usize).copied().unwrap_or_default();
        usize::try_from(limit).unwrap_or(usize::MAX)
    }

    /// Returns the maximum time of an execution.
    #[must_use]
    pub fn time(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.get(LimitKind::Time)).unwrap_or(u64::MAX))
    }

    /// Fails when `count` exceeds this limit.
    pub fn check(&self, kind: LimitKind, count: usize) -> Result<(), RequestError> {
        if count <= self.get(kind) {
            return Ok(());
        }
        Err(self.error(kind))
    }

    /// Returns the error of a request that exceeds a limit.
    #[must_use]
    pub fn error(&self, kind: LimitKind) -> RequestError {
        let limit = self.get(kind);
        let Some(Limit { setting, code, subject, unit, .. }) = LIMITS.get(kind as usize) else {
            return RequestError::new(VALIDATION_FAILED, "too much");
        };
        RequestError::new(code, format!("{subject} more than {limit} {unit} ({setting})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_in_the_order_of_their_kinds_and_named_in_their_errors() {
        for (index, Limit { kind, setting, default, .. }) in LIMITS.into_iter().enumerate() {
            assert_eq!(kind as usize, index, "{setting}");
            let limits = Limits::default();
            let limit = usize::try_from(default).unwrap();
            assert_eq!(limits.check(kind, limit), Ok(()));
            let error = limits.check(kind, limit + 1).unwrap_err();
            assert!(error.message.contains(&format!("{default} ")), "{error:?}");
            assert!(error.message.ends_with(&format!("({setting})")), "{error:?}");
            assert_eq!(limits.with(kind, 3).check(kind, 3), Ok(()));
            assert_eq!(limits.with(kind, 3).get(kind), 3);
        }
    }
}
