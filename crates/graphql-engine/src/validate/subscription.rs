//! Single Root Field: the rule for subscriptions.

use std::collections::HashSet;

use async_graphql::{
    Pos, Positioned,
    parser::types::{Directive, Field, OperationDefinition, OperationType, Selection},
};

use super::error::Errors;
use crate::normalize::Fragments;

/// Checks that a subscription has one field, without a condition and not of introspection.
///
/// Source: GraphQL specification, September 2025, section 5.2.4.1.
pub(super) fn check(operation: &OperationDefinition, fragments: &Fragments, errors: &mut Errors) {
    if operation.ty != OperationType::Subscription {
        return;
    }
    if let Err((at, message)) = only_field(operation, fragments) {
        errors.add(at, || message.to_owned());
    }
}

fn only_field(
    operation: &OperationDefinition,
    fragments: &Fragments,
) -> Result<(), (Pos, &'static str)> {
    let fields = root_fields(operation, fragments)?;
    let Some((only, others)) = fields.split_first() else { return Ok(()) };
    let key = |field: &Positioned<Field>| field.node.response_key().node.clone();
    if let Some(other) = others.iter().find(|other| key(other) != key(only)) {
        return Err((other.pos, "a subscription has only one field"));
    }
    if only.node.name.node.starts_with("__") {
        return Err((only.pos, "a subscription does not ask for the schema"));
    }
    Ok(())
}

fn root_fields<'d>(
    operation: &'d OperationDefinition,
    fragments: &'d Fragments,
) -> Result<Vec<&'d Positioned<Field>>, (Pos, &'static str)> {
    let (mut fields, mut spread) = (Vec::new(), HashSet::new());
    let mut pending = vec![&operation.selection_set.node];
    while let Some(set) = pending.pop() {
        for item in &set.items {
            unconditional(item.node.directives())?;
            match &item.node {
                Selection::Field(field) => fields.push(field),
                Selection::InlineFragment(inline) => {
                    pending.push(&inline.node.selection_set.node);
                }
                Selection::FragmentSpread(Positioned { node, .. }) => {
                    let name = &node.fragment_name.node;
                    if let Some(fragment) = fragments.get(name)
                        && spread.insert(name)
                    {
                        pending.push(&fragment.node.selection_set.node);
                    }
                }
            }
        }
    }
    Ok(fields)
}

fn unconditional(directives: &[Positioned<Directive>]) -> Result<(), (Pos, &'static str)> {
    let condition = directives
        .iter()
        .find(|directive| matches!(directive.node.name.node.as_str(), "skip" | "include"));
    condition.map_or(Ok(()), |directive| {
        Err((directive.pos, "a subscription's field is there under no condition"))
    })
}
