//! How much one request may ask for: every limit, its setting, its default.

use std::time::Duration;

use crate::error::{PARSE_FAILED, RequestError, VALIDATION_FAILED};

/// What is counted.
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
    /// Fields within fields.
    Depth,
    /// Fields within fields below `__schema` and `__type`; what `GraphiQL` asks is 13 deep.
    IntrospectionDepth,
    /// Names, descriptions and so on that questions about the schema bring back, about.
    Introspection,
    /// Fields under another name.
    Aliases,
    /// Fields of an operation itself.
    RootFields,
    /// Directives.
    Directives,
    /// Fields and fragments, those of a fragment once for each place where it is spread.
    Fields,
    /// Fields that the answer may have, lists multiplied by their length, and points for
    /// what is counted, searched and filtered.
    Complexity,
    /// Values of one list, in the document or a variable.
    ListLength,
    /// Bytes of the variables' names, texts and numbers, once and where they stand.
    VariablesBytes,
    /// Bytes of the answer.
    ResponseBytes,
    /// Milliseconds that the execution takes.
    Time,
}

/// A row of [`LIMITS`].
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// What is counted.
    pub of: LimitKind,
    /// The setting's variable.
    pub setting: &'static str,
    /// How much is allowed unless the setting says otherwise.
    pub default: u32,
    /// The code of a refusal.
    code: &'static str,
    /// Who has too much, and of what.
    subject: &'static str,
    unit: &'static str,
}

const BAD_INPUT: &str = "BAD_USER_INPUT";

/// Every limit of one request, in the order of [`LimitKind`].
#[rustfmt::skip]
pub const LIMITS: [Limit; 16] = [
    row(LimitKind::BodyBytes, "GRAPHQL_MAX_BODY_BYTES", 1_048_576, "PAYLOAD_TOO_LARGE", "the body has", "bytes"),
    row(LimitKind::DocumentBytes, "GRAPHQL_MAX_DOCUMENT_BYTES", 65_536, PARSE_FAILED, "the document has", "bytes"),
    row(LimitKind::Tokens, "GRAPHQL_MAX_TOKENS", 2_000, PARSE_FAILED, "the document has", "tokens"),
    row(LimitKind::Operations, "GRAPHQL_MAX_OPERATIONS", 50, VALIDATION_FAILED, "the document has", "operations"),
    row(LimitKind::Depth, "GRAPHQL_MAX_DEPTH", 10, VALIDATION_FAILED, "the document has", "levels of fields"),
    row(LimitKind::IntrospectionDepth, "GRAPHQL_MAX_INTROSPECTION_DEPTH", 16, VALIDATION_FAILED, "the document has", "levels of introspection"),
    row(LimitKind::Introspection, "GRAPHQL_MAX_INTROSPECTION_COMPLEXITY", 50_000, VALIDATION_FAILED, "the document has", "points of introspection"),
    row(LimitKind::Aliases, "GRAPHQL_MAX_ALIASES", 30, VALIDATION_FAILED, "the document has", "aliases"),
    row(LimitKind::RootFields, "GRAPHQL_MAX_ROOT_FIELDS", 30, VALIDATION_FAILED, "an operation has", "root fields"),
    row(LimitKind::Directives, "GRAPHQL_MAX_DIRECTIVES", 50, VALIDATION_FAILED, "the document has", "directives"),
    row(LimitKind::Fields, "GRAPHQL_MAX_FIELDS", 1_000, VALIDATION_FAILED, "the document has", "fields"),
    row(LimitKind::Complexity, "GRAPHQL_MAX_COMPLEXITY", 10_000, VALIDATION_FAILED, "the operation has", "points of complexity; ask for shorter lists by limit, first or last"),
    row(LimitKind::ListLength, "GRAPHQL_MAX_LIST_LENGTH", 1_000, BAD_INPUT, "a list has", "values"),
    row(LimitKind::VariablesBytes, "GRAPHQL_MAX_VARIABLES_BYTES", 262_144, BAD_INPUT, "the variables has", "bytes"),
    row(LimitKind::ResponseBytes, "GRAPHQL_MAX_RESPONSE_BYTES", 4_194_304, "RESPONSE_TOO_LARGE", "the answer has", "bytes"),
    row(LimitKind::Time, "GRAPHQL_TIMEOUT_MS", 10_000, "TIMEOUT", "the execution takes", "milliseconds"),
];

const fn row(
    of: LimitKind,
    setting: &'static str,
    default: u32,
    code: &'static str,
    subject: &'static str,
    unit: &'static str,
) -> Limit {
    Limit { of, setting, default, code, subject, unit }
}

/// How much one request may ask for. [`Limits::default`] are the defaults of [`LIMITS`].
#[derive(Clone, Copy, Debug)]
pub struct Limits([u32; LIMITS.len()]);

impl Default for Limits {
    fn default() -> Self {
        Self(LIMITS.map(|limit| limit.default))
    }
}

impl Limits {
    /// The same limits, but for this one.
    #[must_use]
    pub fn with(mut self, of: LimitKind, most: u32) -> Self {
        if let Some(place) = self.0.get_mut(of as usize) {
            *place = most;
        }
        self
    }

    /// How much is allowed.
    #[must_use]
    pub fn of(&self, of: LimitKind) -> usize {
        let most = self.0.get(of as usize).copied().unwrap_or_default();
        usize::try_from(most).unwrap_or(usize::MAX)
    }

    /// How long an execution may take.
    #[must_use]
    pub fn time(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.of(LimitKind::Time)).unwrap_or(u64::MAX))
    }

    /// Fails when there is more than allowed.
    pub fn check(&self, of: LimitKind, count: usize) -> Result<(), RequestError> {
        if count <= self.of(of) {
            return Ok(());
        }
        Err(self.error(of))
    }

    /// What is said to whoever asked for too much.
    #[must_use]
    pub fn error(&self, of: LimitKind) -> RequestError {
        let most = self.of(of);
        let Some(Limit { setting, code, subject, unit, .. }) = LIMITS.get(of as usize) else {
            return RequestError::new(VALIDATION_FAILED, "too much");
        };
        RequestError::new(code, format!("{subject} more than {most} {unit} ({setting})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_stands_in_its_place_and_is_named_in_its_refusal() {
        for (place, Limit { of, setting, default, .. }) in LIMITS.into_iter().enumerate() {
            assert_eq!(of as usize, place, "{setting}");
            let limits = Limits::default();
            let most = usize::try_from(default).unwrap();
            assert_eq!(limits.check(of, most), Ok(()));
            let refused = limits.check(of, most + 1).unwrap_err();
            assert!(refused.message.contains(&format!("{default} ")), "{refused:?}");
            assert!(refused.message.ends_with(&format!("({setting})")), "{refused:?}");
            assert_eq!(limits.with(of, 3).check(of, 3), Ok(()));
            assert_eq!(limits.with(of, 3).of(of), 3);
        }
    }
}
