//! A request's document: parsed and within limits, with its operations.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use async_graphql::{
    Name, Positioned, Variables,
    parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType},
};

use crate::{
    LimitKind, Limits, RequestError,
    bound_variables::BoundVariables,
    document_stats::DocumentStats,
    error::RESOLUTION_FAILURE,
    fragment_order,
    normalize::{Fragments, NormalizedOperation},
    parser,
    plan::Plan,
};

/// A parsed document within the limits.
#[derive(Debug)]
pub struct Document {
    operations: Vec<Arc<Operation>>,
    fragments: Arc<Fragments>,
    introspects: bool,
    /// Bytes of the text, or of the operations written without fragments if these are more.
    size: usize,
    valid: AtomicBool,
}

/// An operation of a document.
#[derive(Debug)]
pub struct Operation {
    name: Option<Name>,
    definition: Arc<Positioned<OperationDefinition>>,
    fragments: Arc<Fragments>,
    normalized: OnceLock<NormalizedOperation>,
    /// The complexity of an operation without variables.
    complexity: OnceLock<usize>,
}

impl Operation {
    fn new(
        name: Option<Name>,
        definition: Positioned<OperationDefinition>,
        fragments: &Arc<Fragments>,
    ) -> Self {
        Self {
            name,
            definition: Arc::new(definition),
            fragments: Arc::clone(fragments),
            normalized: OnceLock::new(),
            complexity: OnceLock::new(),
        }
    }

    /// The name of the operation.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The definition as it was parsed.
    #[must_use]
    pub fn definition(&self) -> &OperationDefinition {
        &self.definition.node
    }

    /// Whether the operation is a mutation, which must not come by GET.
    #[must_use]
    pub fn is_mutation(&self) -> bool {
        self.definition().ty == OperationType::Mutation
    }

    /// Whether the operation is a subscription.
    #[must_use]
    pub fn is_subscription(&self) -> bool {
        self.definition().ty == OperationType::Subscription
    }

    /// The variables that the operation declares; others are dropped.
    #[must_use]
    pub fn declared(&self, mut variables: Variables) -> Variables {
        let mut declared = Variables::default();
        for definition in &self.definition().variable_definitions {
            declared.extend(variables.remove_entry(&definition.node.name.node));
        }
        declared
    }

    /// Returns the normalized form, which is computed at the first call.
    pub(crate) fn normalized(&self) -> &NormalizedOperation {
        self.normalized.get_or_init(|| NormalizedOperation::new(self.definition(), &self.fragments))
    }

    /// Returns the complexity, which `compute` computes. It is cached unless the operation
    /// declares variables, on which it may depend.
    pub(crate) fn cached_complexity(&self, compute: impl FnOnce() -> usize) -> usize {
        if self.definition().variable_definitions.is_empty() {
            *self.complexity.get_or_init(compute)
        } else {
            compute()
        }
    }

    /// The plan of a valid operation with these variables.
    pub(crate) fn plan(&self, variables: &Variables) -> Plan {
        let bound = BoundVariables { operation: self.definition(), variables };
        let fields = self.normalized().fields_for(bound, &self.fragments);
        Plan { operation: Arc::clone(&self.definition), fields }
    }
}

impl Document {
    /// Parses `text`. Fails when the text is not GraphQL or exceeds a limit.
    pub fn parse(text: &str, limits: &Limits) -> Result<Self, RequestError> {
        limits.check(LimitKind::DocumentBytes, text.len())?;
        let ExecutableDocument { operations, fragments } = parser::parse(text, limits)?;
        let operations = in_order(operations);
        let definitions = operations.iter().map(|(_, definition)| &definition.node);
        let stats =
            DocumentStats::checked(definitions, &fragment_order::in_order(&fragments)?, limits)?;
        let fragments = Arc::new(fragments);
        let operations = operations
            .into_iter()
            .map(|(name, definition)| Arc::new(Operation::new(name, definition, &fragments)))
            .collect();
        Ok(Self {
            operations,
            fragments,
            introspects: stats.introspects(),
            size: text.len().max(stats.expanded_bytes()),
            valid: AtomicBool::new(false),
        })
    }

    /// Whether the document selects `__schema` or `__type`.
    #[must_use]
    pub fn introspects(&self) -> bool {
        self.introspects
    }

    /// The operation named `name`, or the only one.
    pub fn operation(&self, name: Option<&str>) -> Result<Arc<Operation>, RequestError> {
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
        found.cloned().map_err(|message| RequestError::new(RESOLUTION_FAILURE, message))
    }

    pub(crate) fn operations(&self) -> &[Arc<Operation>] {
        &self.operations
    }

    pub(crate) fn fragments(&self) -> &Fragments {
        &self.fragments
    }

    /// The size for the cache, in bytes of text: the trees take some hundred times as much
    /// memory.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// Whether the document is known to be valid.
    pub(crate) fn is_valid(&self) -> bool {
        self.valid.load(Ordering::Relaxed)
    }

    pub(crate) fn mark_valid(&self) {
        self.valid.store(true, Ordering::Relaxed);
    }
}

/// The operations in the order of the document.
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
