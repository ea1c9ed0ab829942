//! An operation as it is executed: what this request wants of it, each field once.
//!
//! Fragments are put in where they are spread, fields that stand under one key are one
//! field, and what `@skip` and `@include` leave out is gone. Variables stay variables, whose
//! values a resolver is given when its field's turn has come: a plan holds no more than the
//! document says. So a list knows what each of its items is to write, a resolver
//! sees what is asked of it, and nothing is resolved twice.
//!
//! That a fragment's type condition always holds, is due to the schema, which has
//! objects only, and to validation, which lets no fragment stand on another type.
//!
//! Source: GraphQL specification, October 2021, sections 3.13, 5.3.2 and 6.3.2.

use std::collections::HashMap;

use async_graphql::{
    Name, PathSegment, Pos, Positioned, ServerError, Variables,
    parser::types::{
        Directive, DocumentOperations, ExecutableDocument, Field, FragmentDefinition,
        OperationDefinition, OperationType, Selection, SelectionSet, VariableDefinition,
    },
};
use async_graphql_value::{ConstValue, Value};

use crate::work::Given;

pub(crate) type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

/// An operation for certain values of its variables.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) ty: OperationType,
    /// The variables that stand in it.
    pub(crate) variables: Vec<Positioned<VariableDefinition>>,
    /// Nothing else is in it, nor below.
    pub(crate) fields: Positioned<SelectionSet>,
}

impl Plan {
    /// The plan of a valid operation.
    pub(crate) fn new(
        operation: &OperationDefinition,
        fragments: &Fragments,
        variables: &Variables,
    ) -> Self {
        let planner = Planner { fragments, given: Given { operation, variables } };
        let mut items = Vec::new();
        planner.collect(&operation.selection_set.node, &mut items);
        let fields = Positioned::new(SelectionSet { items }, operation.selection_set.pos);
        Self { ty: operation.ty, variables: operation.variable_definitions.clone(), fields }
    }

    /// How many fields there are, on all levels.
    pub(crate) fn len(&self) -> usize {
        fn of(set: &SelectionSet) -> usize {
            fields(set).map(|field| 1 + of(&field.node.selection_set.node)).sum()
        }
        of(&self.fields.node)
    }

    /// Where the field of an error's path stands.
    fn place(&self, path: &[PathSegment]) -> Option<Pos> {
        let (mut set, mut place) = (&self.fields.node, None);
        for segment in path {
            let PathSegment::Field(key) = segment else { continue };
            let mut fields = fields(set);
            let field = fields.find(|field| field.node.response_key().node == *key)?;
            (set, place) = (&field.node.selection_set.node, Some(field.pos));
        }
        place
    }

    /// Gives errors a place that have none: async-graphql has line 0 for what is wrong
    /// with an argument that was left out.
    pub(crate) fn locate(&self, errors: &mut [ServerError]) {
        for error in errors {
            if error.locations.iter().any(|place| place.line == 0) {
                error.locations = self.place(&error.path).into_iter().collect();
            }
        }
    }

    /// The plan as the only operation of a document without fragments.
    pub(crate) fn document(&self) -> ExecutableDocument {
        let operation = OperationDefinition {
            ty: self.ty,
            variable_definitions: self.variables.clone(),
            directives: Vec::new(),
            selection_set: self.fields.clone(),
        };
        ExecutableDocument {
            operations: DocumentOperations::Single(Positioned::new(operation, self.fields.pos)),
            fragments: HashMap::new(),
        }
    }
}

/// The fields of a selection that was planned: it has nothing else.
pub(crate) fn fields(set: &SelectionSet) -> impl Iterator<Item = &Positioned<Field>> {
    set.items.iter().filter_map(|item| match &item.node {
        Selection::Field(field) => Some(field),
        _ => None,
    })
}

/// The schema's name of the object that operations of this type begin at.
pub(crate) fn root(ty: OperationType) -> &'static str {
    match ty {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    }
}

struct Planner<'d> {
    fragments: &'d Fragments,
    given: Given<'d>,
}

impl Planner<'_> {
    /// Adds the fields of a selection to `fields`, which stand in the same object.
    fn collect(&self, set: &SelectionSet, fields: &mut Vec<Positioned<Selection>>) {
        for item in &set.items {
            if !self.is_wanted(item.node.directives()) {
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

    /// Fields of one key are the same field: their selections are one. The keys of an
    /// object are few, as the limit on aliases sees to.
    fn add(&self, field: &Positioned<Field>, fields: &mut Vec<Positioned<Selection>>) {
        let Positioned { pos, node } = field;
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
            arguments: self.arguments(&node.arguments),
            directives: Vec::new(),
            selection_set: Positioned::new(SelectionSet { items }, node.selection_set.pos),
        };
        let field = Selection::Field(Positioned::new(field, *pos));
        fields.push(Positioned::new(field, *pos));
    }

    /// A variable without a value leaves out the argument that it stands for, so that the
    /// default applies.
    fn arguments(
        &self,
        arguments: &[(Positioned<Name>, Positioned<Value>)],
    ) -> Vec<(Positioned<Name>, Positioned<Value>)> {
        let is_given = |value: &Value| match value {
            Value::Variable(name) => self.given.value(name).is_some(),
            _ => true,
        };
        arguments.iter().filter(|(_, value)| is_given(&value.node)).cloned().collect()
    }

    fn is_wanted(&self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().all(|Positioned { node: directive, .. }| {
            let wanted = match directive.name.node.as_str() {
                "include" => true,
                "skip" => false,
                _ => return true,
            };
            match directive.get_argument("if").map(|value| &value.node) {
                Some(Value::Variable(name)) => {
                    self.given.value(name) == Some(&ConstValue::Boolean(wanted))
                }
                condition => condition == Some(&Value::Boolean(wanted)),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    /// Inlining a fragment whatever its type condition relies on it.
    #[test]
    fn the_schema_has_neither_interfaces_nor_unions() {
        let sdl = crate::sdl();
        let mut lines = sdl.lines();
        assert!(lines.all(|line| !line.starts_with("interface ") && !line.starts_with("union ")));
    }
}
