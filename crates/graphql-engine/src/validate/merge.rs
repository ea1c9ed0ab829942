//! Field Selection Merging: fields of one response key are the same field with the same
//! arguments.
//!
//! Selection sets that are merged with each other are visited as a group, each fragment once
//! among them, and each group once: the work grows with the document, and not with the number
//! of spreads. It is done on the document as sent, whose positions the errors report.
//!
//! Types are ignored: the schema has objects only, so all fields of a valid selection set are
//! of one type.
//!
//! Source: GraphQL specification, September 2025, section 5.3.2.

use std::{
    collections::{HashMap, HashSet},
    ptr,
};

use async_graphql::{
    Name, Positioned,
    parser::types::{Field, OperationDefinition, Selection, SelectionSet},
};

use super::error::Errors;
use crate::normalize::Fragments;

/// Finds fields that cannot be merged; no fragment is spread within itself.
pub(super) struct Merge<'d> {
    fragments: &'d Fragments,
    /// The groups that were visited.
    seen: HashSet<Vec<*const SelectionSet>>,
}

type Group<'d> = Vec<&'d SelectionSet>;

impl<'d> Merge<'d> {
    pub(super) fn new(fragments: &'d Fragments) -> Self {
        Self { fragments, seen: HashSet::new() }
    }

    pub(super) fn check(&mut self, operation: &'d OperationDefinition, errors: &mut Errors) {
        let mut pending = vec![vec![&operation.selection_set.node]];
        while let Some(group) = pending.pop() {
            let Some(group) = self.unseen(group) else { continue };
            for fields in self.by_key(group).into_values() {
                let Some((first, others)) = fields.split_first() else { continue };
                for other in others.iter().filter(|other| !is_same(&first.node, &other.node)) {
                    errors.between(&[first.pos, other.pos], || {
                        let key = &first.node.response_key().node;
                        format!("\"{key}\" selects different fields, or different arguments")
                    });
                }
                pending.push(fields.iter().map(|field| &field.node.selection_set.node).collect());
            }
        }
    }

    /// The group with each selection set once, unless the group was visited.
    fn unseen(&mut self, mut group: Group<'d>) -> Option<Group<'d>> {
        group.retain(|set| !set.items.is_empty());
        group.sort_unstable_by_key(|set| ptr::from_ref(*set));
        group.dedup_by_key(|set| ptr::from_ref(*set));
        let key = group.iter().map(|set| ptr::from_ref(*set)).collect();
        (!group.is_empty() && self.seen.insert(key)).then_some(group)
    }

    fn by_key(&self, mut pending: Group<'d>) -> HashMap<&'d Name, Vec<&'d Positioned<Field>>> {
        let mut keys: HashMap<_, Vec<_>> = HashMap::new();
        let mut spread = HashSet::new();
        while let Some(set) = pending.pop() {
            for item in &set.items {
                match &item.node {
                    Selection::Field(field) => {
                        keys.entry(&field.node.response_key().node).or_default().push(field);
                    }
                    Selection::InlineFragment(inline) => {
                        pending.push(&inline.node.selection_set.node);
                    }
                    Selection::FragmentSpread(Positioned { node, .. }) => {
                        let name = &node.fragment_name.node;
                        if let Some(fragment) = self.fragments.get(name)
                            && spread.insert(name)
                        {
                            pending.push(&fragment.node.selection_set.node);
                        }
                    }
                }
            }
        }
        keys
    }
}

fn is_same(one: &Field, other: &Field) -> bool {
    one.name == other.name
        && one.arguments.len() == other.arguments.len()
        && one.arguments.iter().all(|(name, value)| other.get_argument(&name.node) == Some(value))
}
