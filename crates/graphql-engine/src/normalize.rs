//! The normalized form of an operation: each field once.
//!
//! Fragments are replaced by their fields where they are spread, and fields of one response
//! key are merged into one. Complexity, the copies of variables and the plan are computed
//! from this form. [`DocumentStats`](crate::document_stats::DocumentStats) bounds the work
//! and the size before: both are at most [`LimitKind::Fields`](crate::LimitKind::Fields).
//!
//! `@skip` and `@include` are ignored by the form that limits are computed on: a limit holds
//! for what a document may ask for. An operation that has them is normalized again for the
//! values of each request, because the order of the response's keys depends on which fields
//! are included.
//!
//! Type conditions are ignored: the schema has neither interfaces nor unions, and validation
//! refuses fragments on other types.
//!
//! Source: GraphQL specification, October 2021, sections 3.13, 5.3.2 and 6.3.2.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{
    Name, Positioned,
    parser::types::{
        Directive, Field, FragmentDefinition, OperationDefinition, Selection, SelectionSet,
    },
};
use async_graphql_value::{ConstValue, Value};

use crate::bound_variables::BoundVariables;

/// The fragments of a document by their names.
pub(crate) type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

/// The selection set of an operation: only fields, on all levels.
pub(crate) type Fields = Arc<Positioned<SelectionSet>>;

/// An operation in its normalized form.
#[derive(Debug)]
pub(crate) struct NormalizedOperation {
    pub(crate) fields: Fields,
    /// Whether a field depends on `@skip` or `@include`.
    is_conditional: bool,
    /// How often each variable is used, a fragment's uses counted once for each spread. A
    /// resolver takes its arguments by value, so each use is a copy.
    uses: HashMap<Name, usize>,
    /// The variables that are the whole value of an argument.
    arguments: Vec<Name>,
}

impl NormalizedOperation {
    /// Normalizes an operation of a document that keeps the limits.
    pub(crate) fn new(operation: &OperationDefinition, fragments: &Fragments) -> Self {
        let mut normalizer = Normalizer { fragments, given: None, found: Found::default() };
        let fields = normalizer.operation(operation);
        let Found { is_conditional, uses, arguments } = normalizer.found;
        Self { fields, is_conditional, uses, arguments }
    }

    /// How often the operation uses this variable.
    pub(crate) fn uses_of(&self, variable: &Name) -> usize {
        self.uses.get(variable).copied().unwrap_or_default()
    }

    /// The fields to execute with these variables. An argument whose variable has no value
    /// is left out, so that its default applies.
    pub(crate) fn bind(&self, given: BoundVariables<'_>, fragments: &Fragments) -> Fields {
        let mut fields = if self.is_conditional {
            let found = Found::default();
            Normalizer { fragments, given: Some(given), found }.operation(given.operation)
        } else {
            Arc::clone(&self.fields)
        };
        if self.arguments.iter().any(|name| given.value(name).is_none()) {
            remove_absent(&mut Arc::make_mut(&mut fields).node, given);
        }
        fields
    }
}

/// The fields of a selection set as resolvers see it: the engine leaves nothing else in it.
pub fn fields(set: &SelectionSet) -> impl Iterator<Item = &Positioned<Field>> {
    set.items.iter().filter_map(|item| match &item.node {
        Selection::Field(field) => Some(field),
        _ => None,
    })
}

fn remove_absent(set: &mut SelectionSet, given: BoundVariables<'_>) {
    for item in &mut set.items {
        let Selection::Field(Positioned { node: field, .. }) = &mut item.node else { continue };
        field.arguments.retain(|(_, value)| match &value.node {
            Value::Variable(name) => given.value(name).is_some(),
            _ => true,
        });
        remove_absent(&mut field.selection_set.node, given);
    }
}

/// Results of a normalization in addition to the fields.
#[derive(Default)]
struct Found {
    is_conditional: bool,
    uses: HashMap<Name, usize>,
    arguments: Vec<Name>,
}

struct Normalizer<'d> {
    fragments: &'d Fragments,
    /// The variables that conditions depend on; without them, all fields are included.
    given: Option<BoundVariables<'d>>,
    found: Found,
}

impl Normalizer<'_> {
    fn operation(&mut self, operation: &OperationDefinition) -> Fields {
        let mut items = Vec::new();
        self.collect(&operation.selection_set.node, &mut items);
        Arc::new(Positioned::new(SelectionSet { items }, operation.selection_set.pos))
    }

    /// Adds the fields of a selection set to those of the same object.
    fn collect(&mut self, set: &SelectionSet, fields: &mut Vec<Positioned<Selection>>) {
        for item in &set.items {
            if !self.is_included(item.node.directives()) {
                continue;
            }
            match &item.node {
                Selection::Field(field) => self.add(field, fields),
                Selection::InlineFragment(inline) => {
                    self.collect(&inline.node.selection_set.node, fields);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.fragments.get(&spread.node.fragment_name.node) {
                        self.collect(&fragment.node.selection_set.node, fields);
                    }
                }
            }
        }
    }

    /// Merges a field into the one of the same response key. An object has few keys, as the
    /// limits on fields and aliases are low: a linear search is fast.
    fn add(&mut self, field: &Positioned<Field>, fields: &mut Vec<Positioned<Selection>>) {
        let Positioned { pos, node } = field;
        self.note_variables(node);
        let key = node.response_key();
        let same = fields.iter_mut().find_map(|known| match &mut known.node {
            Selection::Field(known) if known.node.response_key() == key => Some(known),
            _ => None,
        });
        if let Some(same) = same {
            self.collect(&node.selection_set.node, &mut same.node.selection_set.node.items);
            return;
        }
        let mut items = Vec::with_capacity(node.selection_set.node.items.len());
        self.collect(&node.selection_set.node, &mut items);
        let field = Field {
            alias: node.alias.clone(),
            name: node.name.clone(),
            arguments: node.arguments.clone(),
            directives: Vec::new(),
            selection_set: Positioned::new(SelectionSet { items }, node.selection_set.pos),
        };
        let field = Selection::Field(Positioned::new(field, *pos));
        fields.push(Positioned::new(field, *pos));
    }

    fn note_variables(&mut self, field: &Field) {
        for (_, Positioned { node: value, .. }) in &field.arguments {
            if let Value::Variable(name) = value
                && !self.found.arguments.contains(name)
            {
                self.found.arguments.push(name.clone());
            }
            self.count_uses(value);
        }
    }

    fn count_uses(&mut self, value: &Value) {
        match value {
            Value::Variable(name) => *self.found.uses.entry(name.clone()).or_default() += 1,
            Value::List(items) => items.iter().for_each(|item| self.count_uses(item)),
            Value::Object(fields) => fields.values().for_each(|value| self.count_uses(value)),
            _ => {}
        }
    }

    fn is_included(&mut self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().all(|Positioned { node: directive, .. }| {
            let wanted = match directive.name.node.as_str() {
                "include" => true,
                "skip" => false,
                _ => return true,
            };
            self.found.is_conditional = true;
            let Some(given) = self.given else { return true };
            match directive.get_argument("if").map(|value| &value.node) {
                Some(Value::Variable(name)) => {
                    given.value(name) == Some(&ConstValue::Boolean(wanted))
                }
                condition => condition == Some(&Value::Boolean(wanted)),
            }
        })
    }
}
