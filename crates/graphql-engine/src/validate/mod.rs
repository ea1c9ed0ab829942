//! Validates a document against the schema.
//!
//! All validation rules, except those the parser enforces, because an
//! [`ExecutableDocument`] cannot break them:
//!
//! - Executable Definitions
//! - Operation Name Uniqueness
//! - Lone Anonymous Operation
//! - Fragment Name Uniqueness
//! - Fragment Spreads Must Not Form Cycles
//! - Input Object Field Uniqueness
//!
//! Each definition is walked once ([`walk`]); the walk records the variables and fragments
//! that the definition uses. Rules about several definitions are computed from these records
//! ([`uses`]). So the work grows with the document, however its fragments are spread. The
//! merging of fields ([`merge`]) is additionally bounded by [`crate::LimitKind::Fields`].
//!
//! Source: GraphQL specification, September 2025, section 5; a test compares with
//! graphql-js.
//!
//! [`ExecutableDocument`]: async_graphql::parser::types::ExecutableDocument

mod directive;
mod error;
mod merge;
mod subscription;
mod uses;
mod value;
mod walk;

use async_graphql::ServerError;
use error::Errors;
use merge::Merge;
use uses::Uses;
use walk::Walk;

use crate::{Document, schema_index::SchemaIndex};

/// The errors of a document; none if it is valid. With `hints`, messages suggest names of the
/// schema.
pub(crate) fn validate(document: &Document, index: &SchemaIndex, hints: bool) -> Vec<ServerError> {
    let mut errors = Errors::new(hints);
    let fragments = document.fragments();
    let mut walk = Walk::new(index, fragments, &mut errors);
    let operations = document.operations().iter();
    let uses = Uses {
        operations: operations
            .map(|operation| (&**operation, walk.operation(operation.definition())))
            .collect(),
        fragments: fragments
            .iter()
            .map(|(name, fragment)| (name, walk.fragment(name, &fragment.node)))
            .collect(),
    };
    uses.check(fragments, &mut errors);
    if errors.is_empty() {
        let mut merge = Merge::new(fragments);
        for operation in document.operations() {
            subscription::check(operation.definition(), fragments, &mut errors);
            merge.check(operation.definition(), &mut errors);
        }
    }
    errors.sorted()
}
