//! A plan: the fields that one request executes, for the values of its variables.
//!
//! A plan shares the fields of the normalized operation, unless `@skip`, `@include` or an absent
//! variable removes some of them. Variables stay variables: their values are copied when the
//! resolver of the field is called.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{
    PathSegment, Pos, Positioned, ServerError,
    parser::types::{
        DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, SelectionSet,
    },
};

use crate::normalize::{FlatSelection, fields};

/// The fields to execute of an operation.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) operation: Arc<Positioned<OperationDefinition>>,
    pub(crate) fields: FlatSelection,
}

impl Plan {
    /// Returns whether the plan is a query, a mutation or a subscription.
    pub(crate) fn operation_type(&self) -> OperationType {
        self.operation.node.ty
    }

    /// Returns the number of fields, on all levels.
    pub(crate) fn len(&self) -> usize {
        count_fields(&self.fields.node)
    }

    /// Returns the position of the field to which the path of an error leads.
    fn position(&self, path: &[PathSegment]) -> Option<Pos> {
        let mut set = &self.fields.node;
        let mut position = None;
        for segment in path {
            let PathSegment::Field(key) = segment else { continue };
            let field = fields(set).find(|field| field.node.response_key().node == *key)?;
            set = &field.node.selection_set.node;
            position = Some(field.pos);
        }
        position
    }

    /// Gives errors without a location that of their field. For an absent argument,
    /// async-graphql reports line 0.
    pub(crate) fn add_missing_locations(&self, errors: &mut [ServerError]) {
        for error in errors {
            if error.locations.iter().any(|location| location.line == 0) {
                error.locations = self.position(&error.path).into_iter().collect();
            }
        }
    }

    /// Returns the plan as a document of one operation without fragments.
    pub(crate) fn document(&self) -> ExecutableDocument {
        let operation = OperationDefinition {
            ty: self.operation_type(),
            variable_definitions: self.operation.node.variable_definitions.clone(),
            directives: Vec::new(),
            selection_set: Positioned::clone(&self.fields),
        };
        ExecutableDocument {
            operations: DocumentOperations::Single(Positioned::new(operation, self.fields.pos)),
            fragments: HashMap::new(),
        }
    }
}

fn count_fields(set: &SelectionSet) -> usize {
    fields(set).map(|field| 1 + count_fields(&field.node.selection_set.node)).sum()
}
