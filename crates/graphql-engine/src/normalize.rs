//! The normalized form of an operation: each field once.
//!
//! Fragments are replaced by their fields where they are spread, and fields of one response
//! key are merged into one. The complexity, the number of copies of each variable and the plan
//! are computed from this form. [`DocumentStats`](crate::document_stats::DocumentStats) was
//! checked before, so the form has at most [`LimitKind::Fields`](crate::LimitKind::Fields)
//! fields.
//!
//! The form for the limits ignores `@skip` and `@include`: a limit applies to all fields that a
//! document can select. An operation with these directives is normalized again for the values of
//! each request, because the order of the response's keys depends on which fields are included.
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

/// A selection set that has only fields, on all levels.
pub(crate) type FlatSelection = Arc<Positioned<SelectionSet>>;

/// An operation in its normalized form.
#[derive(Debug)]
pub(crate) struct NormalizedOperation {
    pub(crate) fields: FlatSelection,
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
        let notes = NormalizationNotes::default();
        let mut normalizer = Normalizer { fragments, variables: None, notes };
        let fields = normalizer.flatten(operation);
        let NormalizationNotes { is_conditional, uses, arguments } = normalizer.notes;
        Self { fields, is_conditional, uses, arguments }
    }

    /// How often the operation uses this variable.
    pub(crate) fn uses_of(&self, variable: &Name) -> usize {
        self.uses.get(variable).copied().unwrap_or_default()
    }

    /// The fields to execute with these variables. An argument whose variable has no value
    /// is left out, so that its default applies.
    pub(crate) fn fields_for(
        &self,
        variables: BoundVariables<'_>,
        fragments: &Fragments,
    ) -> FlatSelection {
        let mut fields = if self.is_conditional {
            let notes = NormalizationNotes::default();
            let mut normalizer = Normalizer { fragments, variables: Some(variables), notes };
            normalizer.flatten(variables.operation)
        } else {
            Arc::clone(&self.fields)
        };
        if self.arguments.iter().any(|name| variables.value(name).is_none()) {
            remove_absent(&mut Arc::make_mut(&mut fields).node, variables);
        }
        fields
    }
}

/// Returns the fields of a selection set that a resolver reads from its context. A normalized
/// set has nothing else.
pub fn fields(set: &SelectionSet) -> impl Iterator<Item = &Positioned<Field>> {
    set.items.iter().filter_map(|item| match &item.node {
        Selection::Field(field) => Some(field),
        _ => None,
    })
}

/// Removes arguments whose variable has no value.
fn remove_absent(set: &mut SelectionSet, variables: BoundVariables<'_>) {
    for item in &mut set.items {
        let Selection::Field(Positioned { node: field, .. }) = &mut item.node else { continue };
        field.arguments.retain(|(_, value)| match &value.node {
            Value::Variable(name) => variables.value(name).is_some(),
            _ => true,
        });
        remove_absent(&mut field.selection_set.node, variables);
    }
}

/// Results of a normalization in addition to the fields; see [`NormalizedOperation`].
#[derive(Default)]
struct NormalizationNotes {
    is_conditional: bool,
    uses: HashMap<Name, usize>,
    arguments: Vec<Name>,
}

struct Normalizer<'d> {
    fragments: &'d Fragments,
    /// The values for the conditions; without them, all fields are included.
    variables: Option<BoundVariables<'d>>,
    notes: NormalizationNotes,
}

impl Normalizer<'_> {
    /// Returns the fields of an operation.
    fn flatten(&mut self, operation: &OperationDefinition) -> FlatSelection {
        let mut items = Vec::new();
        self.collect(&operation.selection_set.node, &mut items);
        Arc::new(Positioned::new(SelectionSet { items }, operation.selection_set.pos))
    }

    /// Adds the fields of a selection set to those of the same object.
    fn collect(&mut self, set: &SelectionSet, fields: &mut Vec<Positioned<Selection>>) {
        for item in &set.items {
            let directives = item.node.directives();
            self.notes.is_conditional |= directives.iter().any(|one| condition_of(one).is_some());
            if !self.is_included(directives) {
                continue;
            }
            match &item.node {
                Selection::Field(field) => self.merge(field, fields),
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

    /// Merges a field into the field of the same response key, or appends it. An object has few keys, as the
    /// limits on fields and aliases are low: a linear search is fast.
    fn merge(&mut self, field: &Positioned<Field>, fields: &mut Vec<Positioned<Selection>>) {
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
                && !self.notes.arguments.contains(name)
            {
                self.notes.arguments.push(name.clone());
            }
            self.count_uses(value);
        }
    }

    fn count_uses(&mut self, value: &Value) {
        match value {
            Value::Variable(name) => *self.notes.uses.entry(name.clone()).or_default() += 1,
            Value::List(items) => items.iter().for_each(|item| self.count_uses(item)),
            Value::Object(fields) => fields.values().for_each(|value| self.count_uses(value)),
            _ => {}
        }
    }

    /// Whether the conditions among `directives` include their selection.
    fn is_included(&self, directives: &[Positioned<Directive>]) -> bool {
        let Some(variables) = self.variables else { return true };
        directives.iter().all(|directive| {
            let Some(wanted) = condition_of(directive) else { return true };
            match directive.node.get_argument("if").map(|value| &value.node) {
                Some(Value::Variable(name)) => {
                    variables.value(name) == Some(&ConstValue::Boolean(wanted))
                }
                literal => literal == Some(&Value::Boolean(wanted)),
            }
        })
    }
}

/// Returns the value of `if` for which the directive includes its selection; `None` if the
/// directive is not a condition.
fn condition_of(directive: &Positioned<Directive>) -> Option<bool> {
    match directive.node.name.node.as_str() {
        "include" => Some(true),
        "skip" => Some(false),
        _ => None,
    }
}
