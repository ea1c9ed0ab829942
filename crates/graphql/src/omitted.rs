//! Arguments whose variable has no value.
//!
//! The specification treats `books(limit: $limit)` without a value for `$limit` as
//! `books`: the default applies. async-graphql fails instead.
//!
//! Source: GraphQL specification, October 2021, section 6.4.1.

use std::collections::HashSet;

use async_graphql::{
    Name, Positioned, Variables,
    parser::types::{
        DocumentOperations, ExecutableDocument, OperationDefinition, Selection, SelectionSet,
    },
};
use async_graphql_value::Value;

/// The variables of `operation` that have neither value nor default.
pub(crate) fn omitted(operation: &OperationDefinition, variables: &Variables) -> HashSet<Name> {
    let definitions = operation.variable_definitions.iter().map(|definition| &definition.node);
    definitions
        .filter(|definition| definition.default_value.is_none())
        .map(|definition| definition.name.node.clone())
        .filter(|name| !variables.contains_key(name))
        .collect()
}

/// Removes the arguments and input fields that are one of the `omitted` variables.
pub(crate) fn leave_out(document: &mut ExecutableDocument, omitted: &HashSet<Name>) {
    for fragment in document.fragments.values_mut() {
        clean(&mut fragment.node.selection_set, omitted);
    }
    match &mut document.operations {
        DocumentOperations::Single(operation) => clean(&mut operation.node.selection_set, omitted),
        DocumentOperations::Multiple(operations) => {
            for operation in operations.values_mut() {
                clean(&mut operation.node.selection_set, omitted);
            }
        }
    }
}

fn clean(set: &mut Positioned<SelectionSet>, omitted: &HashSet<Name>) {
    for item in &mut set.node.items {
        match &mut item.node {
            Selection::Field(field) => {
                field.node.arguments.retain_mut(|(_, value)| stays(&mut value.node, omitted));
                clean(&mut field.node.selection_set, omitted);
            }
            Selection::InlineFragment(inline) => clean(&mut inline.node.selection_set, omitted),
            Selection::FragmentSpread(_) => {}
        }
    }
}

/// Whether the value is there. In a list the place of an omitted one is null.
fn stays(value: &mut Value, omitted: &HashSet<Name>) -> bool {
    match value {
        Value::Variable(name) => return !omitted.contains(name),
        Value::Object(fields) => fields.retain(|_, value| stays(value, omitted)),
        Value::List(items) => {
            for item in items {
                if !stays(item, omitted) {
                    *item = Value::Null;
                }
            }
        }
        _ => {}
    }
    true
}
