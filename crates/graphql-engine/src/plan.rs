//! A plan: the fields that one request executes, for the values of its variables.
//!
//! A plan shares the fields of the normalized operation, unless a condition or an absent
//! variable leaves something out. Variables stay variables: their values are copied when the
//! resolver of the field is called.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{
    PathSegment, Pos, Positioned, ServerError,
    parser::types::{
        DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, SelectionSet,
    },
};

use crate::normalize::{Fields, fields};

/// The fields to execute of an operation.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) operation: Arc<Positioned<OperationDefinition>>,
    pub(crate) fields: Fields,
}

impl Plan {
    /// Query, mutation or subscription.
    pub(crate) fn operation_type(&self) -> OperationType {
        self.operation.node.ty
    }

    /// The number of fields, on all levels.
    pub(crate) fn len(&self) -> usize {
        fn of(set: &SelectionSet) -> usize {
            fields(set).map(|field| 1 + of(&field.node.selection_set.node)).sum()
        }
        of(&self.fields.node)
    }

    /// The position of the field to which the path of an error leads.
    fn position(&self, path: &[PathSegment]) -> Option<Pos> {
        let (mut set, mut position) = (&self.fields.node, None);
        for segment in path {
            let PathSegment::Field(key) = segment else { continue };
            let mut fields = fields(set);
            let field = fields.find(|field| field.node.response_key().node == *key)?;
            (set, position) = (&field.node.selection_set.node, Some(field.pos));
        }
        position
    }

    /// Locates errors at their field where async-graphql gives line 0: it does so for an
    /// argument that was left out.
    pub(crate) fn locate(&self, errors: &mut [ServerError]) {
        for error in errors {
            if error.locations.iter().any(|location| location.line == 0) {
                error.locations = self.position(&error.path).into_iter().collect();
            }
        }
    }

    /// The plan as a document of one operation without fragments.
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
