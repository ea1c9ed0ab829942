//! In how many places of an operation each variable stands.
//!
//! A resolver takes its arguments by value: a long text that stands in a thousand places
//! would be copied as often. How much all copies are together is known before anything is
//! executed ([`crate::extent`]).

use std::collections::HashMap;

use async_graphql::{
    Name,
    parser::types::{FragmentDefinition, OperationDefinition, Selection, SelectionSet},
};
use async_graphql_value::Value;

/// How often each variable stands in an operation, its fragments once for each place where
/// they are spread.
#[derive(Debug, Default)]
pub(crate) struct Uses(HashMap<Name, usize>);

impl Uses {
    /// Of each of these operations, whose fragments are in order.
    pub(crate) fn of<'d>(
        operations: impl IntoIterator<Item = &'d OperationDefinition>,
        fragments: &[(&'d Name, &'d FragmentDefinition)],
    ) -> Vec<Self> {
        let mut counted = HashMap::new();
        for (name, fragment) in fragments {
            let uses = Self::of_set(&fragment.selection_set.node, &counted);
            counted.insert(*name, uses);
        }
        let operations = operations.into_iter();
        operations.map(|operation| Self::of_set(&operation.selection_set.node, &counted)).collect()
    }

    /// How often this variable stands there.
    pub(crate) fn count(&self, variable: &Name) -> usize {
        self.0.get(variable).copied().unwrap_or_default()
    }

    fn of_set(set: &SelectionSet, fragments: &HashMap<&Name, Self>) -> Self {
        let mut uses = Self::default();
        uses.add_set(set, fragments);
        uses
    }

    fn add_set(&mut self, set: &SelectionSet, fragments: &HashMap<&Name, Self>) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    for (_, value) in &field.node.arguments {
                        self.add_value(&value.node);
                    }
                    self.add_set(&field.node.selection_set.node, fragments);
                }
                Selection::InlineFragment(inline) => {
                    self.add_set(&inline.node.selection_set.node, fragments);
                }
                Selection::FragmentSpread(spread) => {
                    let uses = fragments.get(&spread.node.fragment_name.node);
                    for (name, count) in uses.iter().flat_map(|uses| &uses.0) {
                        self.add(name, *count);
                    }
                }
            }
        }
    }

    fn add_value(&mut self, value: &Value) {
        match value {
            Value::Variable(name) => self.add(name, 1),
            Value::List(items) => items.iter().for_each(|item| self.add_value(item)),
            Value::Object(fields) => fields.values().for_each(|value| self.add_value(value)),
            _ => {}
        }
    }

    fn add(&mut self, name: &Name, count: usize) {
        let known = self.0.entry(name.clone()).or_default();
        *known = known.saturating_add(count);
    }
}
