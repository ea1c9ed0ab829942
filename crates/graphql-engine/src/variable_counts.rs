//! Counts the uses of each variable in an operation.
//!
//! A resolver takes its arguments by value, so the value of a variable is copied once per
//! use. The size of all copies together is known before anything is executed
//! ([`crate::extent`]).

use std::collections::HashMap;

use async_graphql::{
    Name,
    parser::types::{FragmentDefinition, OperationDefinition, Selection, SelectionSet},
};
use async_graphql_value::Value;

/// How often an operation uses each variable. A fragment counts once for each place where it
/// is spread.
#[derive(Debug, Default)]
pub(crate) struct VariableCounts(HashMap<Name, usize>);

impl VariableCounts {
    /// Counts for each operation. `fragments` must be sorted so that each comes after those it
    /// spreads.
    pub(crate) fn of<'d>(
        operations: impl IntoIterator<Item = &'d OperationDefinition>,
        fragments: &[(&'d Name, &'d FragmentDefinition)],
    ) -> Vec<Self> {
        let mut counted = HashMap::new();
        for (name, fragment) in fragments {
            let uses = Self::of_selection_set(&fragment.selection_set.node, &counted);
            counted.insert(*name, uses);
        }
        let operations = operations.into_iter();
        operations
            .map(|operation| Self::of_selection_set(&operation.selection_set.node, &counted))
            .collect()
    }

    /// How often the operation uses this variable.
    pub(crate) fn count(&self, variable: &Name) -> usize {
        self.0.get(variable).copied().unwrap_or_default()
    }

    fn of_selection_set(set: &SelectionSet, fragments: &HashMap<&Name, Self>) -> Self {
        let mut uses = Self::default();
        uses.add_selection_set(set, fragments);
        uses
    }

    fn add_selection_set(&mut self, set: &SelectionSet, fragments: &HashMap<&Name, Self>) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    for (_, value) in &field.node.arguments {
                        self.add_value(&value.node);
                    }
                    self.add_selection_set(&field.node.selection_set.node, fragments);
                }
                Selection::InlineFragment(inline) => {
                    self.add_selection_set(&inline.node.selection_set.node, fragments);
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
