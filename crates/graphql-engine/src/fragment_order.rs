//! The fragments of a document, each after those that it spreads.
//!
//! In this order a property of a fragment is computed from the properties of the fragments
//! that it spreads, each once. A recursion through spreads could be as deep as the document
//! is long. A cycle has no such order and is refused.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned,
    parser::types::{FragmentDefinition, Selection, SelectionSet},
};

use crate::{
    error::{RequestError, VALIDATION_FAILED},
    normalize::Fragments,
};

/// A fragment whose spreads are not all sorted yet.
struct Unfinished<'d> {
    name: &'d Name,
    fragment: &'d FragmentDefinition,
    spreads: Vec<&'d Positioned<Name>>,
}

impl<'d> Unfinished<'d> {
    fn new(name: &'d Name, fragment: &'d FragmentDefinition) -> Self {
        let mut spreads = Vec::new();
        add_spreads(&fragment.selection_set.node, &mut spreads);
        Self { name, fragment, spreads }
    }
}

/// All fragments in that order. Fails when a fragment is spread within itself.
pub(crate) fn in_order(
    fragments: &Fragments,
) -> Result<Vec<(&Name, &FragmentDefinition)>, RequestError> {
    let mut written: Vec<_> = fragments.iter().collect();
    // A map has no order: the same error is reported each time.
    written.sort_by_key(|(_, fragment)| fragment.pos);
    let (mut order, mut is_done) = (Vec::with_capacity(written.len()), HashMap::new());
    for (name, fragment) in written {
        if is_done.contains_key(name) {
            continue;
        }
        is_done.insert(name, false);
        let mut unfinished = vec![Unfinished::new(name, &fragment.node)];
        while let Some(last) = unfinished.last_mut() {
            let Some(spread) = last.spreads.pop() else {
                is_done.insert(last.name, true);
                order.push((last.name, last.fragment));
                unfinished.pop();
                continue;
            };
            let Some((name, fragment)) = fragments.get_key_value(&spread.node) else { continue };
            match is_done.get(name) {
                Some(true) => {}
                Some(false) => return Err(cycle(spread)),
                None => {
                    is_done.insert(name, false);
                    unfinished.push(Unfinished::new(name, &fragment.node));
                }
            }
        }
    }
    Ok(order)
}

fn cycle(spread: &Positioned<Name>) -> RequestError {
    let message = format!("the fragment \"{}\" is spread within itself", spread.node);
    RequestError { location: Some(spread.pos), ..RequestError::new(VALIDATION_FAILED, message) }
}

fn add_spreads<'d>(set: &'d SelectionSet, spreads: &mut Vec<&'d Positioned<Name>>) {
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => add_spreads(&field.node.selection_set.node, spreads),
            Selection::InlineFragment(inline) => {
                add_spreads(&inline.node.selection_set.node, spreads);
            }
            Selection::FragmentSpread(spread) => spreads.push(&spread.node.fragment_name),
        }
    }
}
