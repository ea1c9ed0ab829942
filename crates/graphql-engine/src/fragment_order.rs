//! The fragments of a document, each after those that it spreads.
//!
//! What is known of a fragment's parts is known of the fragment: so nobody follows a chain
//! of spreads by recursion, which could be as long as the document, or a spread twice. A
//! circle has no such order, and is refused: nothing later can run in it.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned,
    parser::types::{FragmentDefinition, Selection, SelectionSet},
};

use crate::{
    error::{RequestError, VALIDATION_FAILED},
    normalize::Fragments,
};

/// A fragment whose spreads are not all in the order yet.
struct Open<'d> {
    name: &'d Name,
    fragment: &'d FragmentDefinition,
    spreads: Vec<&'d Positioned<Name>>,
}

impl<'d> Open<'d> {
    fn new(name: &'d Name, fragment: &'d FragmentDefinition) -> Self {
        let mut spreads = Vec::new();
        add_spreads(&fragment.selection_set.node, &mut spreads);
        Self { name, fragment, spreads }
    }
}

/// All fragments in that order. Fails when one is spread within itself.
pub(crate) fn in_order(
    fragments: &Fragments,
) -> Result<Vec<(&Name, &FragmentDefinition)>, RequestError> {
    let mut written: Vec<_> = fragments.iter().collect();
    // What is refused is always the same.
    written.sort_by_key(|(_, fragment)| fragment.pos);
    let (mut order, mut is_done) = (Vec::with_capacity(written.len()), HashMap::new());
    for (name, fragment) in written {
        if is_done.contains_key(name) {
            continue;
        }
        is_done.insert(name, false);
        let mut open = vec![Open::new(name, &fragment.node)];
        while let Some(last) = open.last_mut() {
            let Some(spread) = last.spreads.pop() else {
                is_done.insert(last.name, true);
                order.push((last.name, last.fragment));
                open.pop();
                continue;
            };
            let Some((name, fragment)) = fragments.get_key_value(&spread.node) else { continue };
            match is_done.get(name) {
                Some(true) => {}
                Some(false) => return Err(circle(spread)),
                None => {
                    is_done.insert(name, false);
                    open.push(Open::new(name, &fragment.node));
                }
            }
        }
    }
    Ok(order)
}

fn circle(spread: &Positioned<Name>) -> RequestError {
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
