//! A request's document: parsed, within limits, its operation chosen.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use async_graphql::{
    Name, Pos, Positioned, Variables,
    parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType},
};

use crate::{
    Limits, Measure,
    cost::Cost,
    parser,
    plan::{Fragments, Plan},
    spread,
    uses::VariableCounts,
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
    /// In how many places each of its variables stands.
    uses: VariableCounts,
    /// What it costs and how it is executed, if it has no variables.
    points: OnceLock<usize>,
    plan: OnceLock<Arc<Plan>>,
}

impl Operation {
    fn new(
        name: Option<Name>,
        definition: Positioned<OperationDefinition>,
        uses: VariableCounts,
    ) -> Self {
        Self { name, definition, uses, points: OnceLock::new(), plan: OnceLock::new() }
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

    /// Whether it may leave a trace, so that it must not come by GET.
    #[must_use]
    pub fn is_mutation(&self) -> bool {
        self.definition().ty == OperationType::Mutation
    }

    /// Whether it is answered again and again.
    #[must_use]
    pub fn is_subscription(&self) -> bool {
        self.definition().ty == OperationType::Subscription
    }

    /// Of these variables those that it declares: others mean nothing.
    #[must_use]
    pub fn declared(&self, mut variables: Variables) -> Variables {
        let mut declared = Variables::default();
        for definition in &self.definition().variable_definitions {
            declared.extend(variables.remove_entry(&definition.node.name.node));
        }
        declared
    }

    /// In how many places each of its variables stands, wherever fragments are spread.
    pub(crate) fn uses(&self) -> &VariableCounts {
        &self.uses
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
        let ExecutableDocument { operations, fragments } = parser::parse(text, limits)?;
        let operations = in_order(operations);
        let ordered = spread::in_order(&fragments)?;
        let definitions = || operations.iter().map(|(_, definition)| &definition.node);
        let cost = Cost::checked(definitions(), &ordered, limits)?;
        let uses = VariableCounts::of(definitions(), &ordered);
        let operations = operations.into_iter().zip(uses);
        let operations = operations
            .map(|((name, definition), uses)| Arc::new(Operation::new(name, definition, uses)))
            .collect();
        let introspects = cost.introspection_depth > 0;
        Ok(Self { operations, fragments, introspects, valid: AtomicBool::new(false) })
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

/// The operations as they stand in the document.
fn in_order(
    operations: DocumentOperations,
) -> Vec<(Option<Name>, Positioned<OperationDefinition>)> {
    match operations {
        DocumentOperations::Single(definition) => vec![(None, definition)],
        DocumentOperations::Multiple(operations) => {
            let operations = operations.into_iter();
            let mut operations: Vec<_> =
                operations.map(|(name, definition)| (Some(name), definition)).collect();
            operations.sort_by_key(|(_, definition)| definition.pos);
            operations
        }
    }
}

#[cfg(test)]
mod tests;
