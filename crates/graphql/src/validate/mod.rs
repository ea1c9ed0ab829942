//! Whether a document may be executed: it is held against the schema.
//!
//! Every rule of the specification for documents is here, but for those that the parser
//! keeps, as what breaks them is no [`ExecutableDocument`]: definitions are executable,
//! operations and fragments have names of their own, an operation without a name is
//! alone, no input object has a field twice, and no fragment is spread within itself.
//!
//! Each definition is walked once ([`walk`]), which also notes the variables and
//! fragments that it uses. What depends on several definitions is asked of these notes
//! ([`uses`]). So the work grows with the document, however its fragments are spread; how
//! fields are merged ([`merge`]) is bounded by [`crate::Measure::Fields`] besides.
//!
//! Source: GraphQL specification, September 2025, section 5. graphql-js is the oracle of
//! a test.
//!
//! [`ExecutableDocument`]: async_graphql::parser::types::ExecutableDocument

mod directive;
mod fault;
mod index;
mod merge;
mod registry;
mod subscription;
mod uses;
mod value;
mod walk;

use async_graphql::ServerError;
use fault::Faults;
use merge::Merge;
use uses::Uses;
use walk::Walk;

pub(crate) use index::{Definition, Index, Input, Scalar};

use crate::Document;

/// What is wrong with a document; nothing, if it is valid. With `hints`, messages suggest
/// names that the schema knows.
pub(crate) fn validate(document: &Document, index: &Index, hints: bool) -> Vec<ServerError> {
    let mut faults = Faults::new(hints);
    let fragments = document.fragments();
    let mut walk = Walk::new(index, fragments, &mut faults);
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
    uses.check(fragments, &mut faults);
    if faults.is_empty() {
        let mut merge = Merge::new(fragments);
        for operation in document.operations() {
            subscription::check(operation.definition(), fragments, &mut faults);
            merge.check(operation.definition(), &mut faults);
        }
    }
    faults.sorted()
}

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
