//! A request's document: parsed, within limits, its operation chosen.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use async_graphql::{
    Name, Pos, Positioned, Variables,
    parser::{
        self, parse_query,
        types::{DocumentOperations, OperationDefinition, OperationType},
    },
};

use crate::{
    Limits, Measure,
    cost::Cost,
    plan::{Fragments, Plan},
    tokens::{self, Excess},
};

/// Why a request is not executed at all: the GraphQL specification's request error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The stable name.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
    /// Where in the document, if anywhere.
    pub location: Option<Pos>,
}

impl Rejection {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), location: None }
    }
}

pub(crate) const PARSE_FAILED: &str = "GRAPHQL_PARSE_FAILED";
pub(crate) const VALIDATION_FAILED: &str = "GRAPHQL_VALIDATION_FAILED";
const RESOLUTION_FAILURE: &str = "OPERATION_RESOLUTION_FAILURE";

/// Brackets within brackets: no query within its depth comes near, and no parser
/// recurses deeper.
const MAX_NESTING: usize = 64;

/// A document that was parsed and keeps the limits.
#[derive(Debug)]
pub struct Document {
    operations: Vec<Arc<Operation>>,
    fragments: Fragments,
    introspects: bool,
    valid: AtomicBool,
}

/// An operation of a document.
#[derive(Debug)]
pub struct Operation {
    name: Option<Name>,
    definition: Positioned<OperationDefinition>,
    /// What it costs and how it is executed, if it has no variables.
    points: OnceLock<usize>,
    plan: OnceLock<Arc<Plan>>,
}

impl Operation {
    fn new(name: Option<Name>, definition: Positioned<OperationDefinition>) -> Self {
        Self { name, definition, points: OnceLock::new(), plan: OnceLock::new() }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What it is.
    #[must_use]
    pub fn definition(&self) -> &OperationDefinition {
        &self.definition.node
    }

    /// Whether it only reads, so that it may come by GET.
    #[must_use]
    pub fn is_query(&self) -> bool {
        self.definition().ty == OperationType::Query
    }

    /// Whether it may leave a trace.
    #[must_use]
    pub fn is_mutation(&self) -> bool {
        self.definition().ty == OperationType::Mutation
    }

    /// Whether it is answered again and again.
    #[must_use]
    pub fn is_subscription(&self) -> bool {
        self.definition().ty == OperationType::Subscription
    }

    fn has_variables(&self) -> bool {
        !self.definition().variable_definitions.is_empty()
    }

    /// What `count` counts, which depends on nothing but the variables.
    pub(crate) fn points(&self, count: impl FnOnce() -> usize) -> usize {
        if self.has_variables() { count() } else { *self.points.get_or_init(count) }
    }

    /// Its plan with these variables, once it is known to be valid. One without fragments
    /// is no larger than the document, beside which it is kept; a fragment may be spread a
    /// thousand times.
    pub(crate) fn plan(&self, fragments: &Fragments, variables: &Variables) -> Arc<Plan> {
        if let Some(plan) = self.plan.get() {
            return Arc::clone(plan);
        }
        let plan = Arc::new(Plan::new(self.definition(), fragments, variables));
        if !self.has_variables() && fragments.is_empty() {
            // Failing means that another request was faster.
            _ = self.plan.set(Arc::clone(&plan));
        }
        plan
    }
}

impl Document {
    /// Parses `text`. Fails when it is no GraphQL or asks for more than `limits`.
    pub fn parse(text: &str, limits: &Limits) -> Result<Self, Rejection> {
        limits.check(Measure::DocumentBytes, text.len())?;
        tokens::check(text, limits.of(Measure::Tokens), MAX_NESTING).map_err(
            |excess| match excess {
                Excess::Tokens => limits.refusal(Measure::Tokens),
                Excess::Nesting => Rejection::new(
                    PARSE_FAILED,
                    format!("the document nests more than {MAX_NESTING} brackets"),
                ),
            },
        )?;
        if spells_nul(text) {
            return Err(Rejection::new(
                PARSE_FAILED,
                "texts must not contain the character U+0000",
            ));
        }
        let parsed = parse_query(text).map_err(|error| syntax_error(&error))?;
        let cost = Cost::of(&parsed);
        cost.check(limits)?;
        Ok(Self {
            operations: operations(parsed.operations),
            fragments: parsed.fragments,
            introspects: cost.introspection_depth > 0,
            valid: AtomicBool::new(false),
        })
    }

    /// Whether it asks for the schema.
    #[must_use]
    pub fn introspects(&self) -> bool {
        self.introspects
    }

    /// The operation called `name`, or the only one.
    pub fn operation(&self, name: Option<&str>) -> Result<Arc<Operation>, Rejection> {
        let found = match (name, self.operations.as_slice()) {
            (Some(name), all) => all
                .iter()
                .find(|known| known.name() == Some(name))
                .ok_or_else(|| format!("there is no operation named \"{name}\"")),
            (None, [only]) => Ok(only),
            (None, []) => Err("the document has no operation".to_owned()),
            (None, _) => {
                Err("the document has several operations; operationName must name one".to_owned())
            }
        };
        found.cloned().map_err(|message| Rejection::new(RESOLUTION_FAILURE, message))
    }

    pub(crate) fn operations(&self) -> &[Arc<Operation>] {
        &self.operations
    }

    pub(crate) fn fragments(&self) -> &Fragments {
        &self.fragments
    }

    /// Whether the schema is known to allow it.
    pub(crate) fn is_valid(&self) -> bool {
        self.valid.load(Ordering::Relaxed)
    }

    pub(crate) fn note_valid(&self) {
        self.valid.store(true, Ordering::Relaxed);
    }
}

fn operations(parsed: DocumentOperations) -> Vec<Arc<Operation>> {
    match parsed {
        DocumentOperations::Single(definition) => {
            vec![Arc::new(Operation::new(None, definition))]
        }
        DocumentOperations::Multiple(operations) => operations
            .into_iter()
            .map(|(name, definition)| Arc::new(Operation::new(Some(name), definition)))
            .collect(),
    }
}

/// Whether the document spells U+0000, which no text of `PostgreSQL` can have.
fn spells_nul(text: &str) -> bool {
    let braced = |rest: &str| {
        rest.strip_prefix('{').is_some_and(|rest| rest.trim_start_matches('0').starts_with('}'))
    };
    text.contains('\0')
        || text.split(r"\u").skip(1).any(|rest| rest.starts_with("0000") || braced(rest))
}

fn syntax_error(error: &parser::Error) -> Rejection {
    // The parser draws a picture of several lines; its last says what was expected.
    let message = error.to_string();
    let reason = message.lines().last().unwrap_or_default().trim_start_matches([' ', '=']);
    Rejection {
        code: PARSE_FAILED,
        message: format!("syntax error: {reason}"),
        location: error.positions().next(),
    }
}

#[cfg(test)]
mod tests;
