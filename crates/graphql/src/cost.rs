//! What a document asks for, to be held against the limits before anything executes.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned,
    parser::types::{
        Directive, DocumentOperations, ExecutableDocument, Field, OperationDefinition, Selection,
        SelectionSet,
    },
};
use async_graphql_value::Value;

use crate::{
    Limits, Measure,
    document::{Rejection, VALIDATION_FAILED},
};

/// How many there are of each of them in a schema like this one, about: what a question
/// about the schema costs must be known before it is answered.
const INTROSPECTED: [(&str, usize); 8] = [
    ("types", 60),
    ("fields", 4),
    ("args", 2),
    ("inputFields", 3),
    ("enumValues", 3),
    ("interfaces", 1),
    ("possibleTypes", 1),
    ("directives", 5),
];

/// What a selection asks for.
#[derive(Clone, Copy, Default)]
pub(crate) struct Cost {
    operations: usize,
    depth: usize,
    pub(crate) introspection_depth: usize,
    /// What `__schema` and `__type` bring back, lists multiplied.
    introspection: usize,
    /// Itself, if it is part of what they ask for.
    weight: usize,
    aliases: usize,
    root_fields: usize,
    directives: usize,
    fields: usize,
    list_length: usize,
}

impl Cost {
    /// Side by side: the deeper or longer of both, the sum of the rest.
    fn beside(self, other: Self) -> Self {
        Self {
            operations: self.operations.saturating_add(other.operations),
            depth: self.depth.max(other.depth),
            introspection_depth: self.introspection_depth.max(other.introspection_depth),
            introspection: self.introspection.saturating_add(other.introspection),
            weight: self.weight.saturating_add(other.weight),
            aliases: self.aliases.saturating_add(other.aliases),
            root_fields: self.root_fields.saturating_add(other.root_fields),
            directives: self.directives.saturating_add(other.directives),
            fields: self.fields.saturating_add(other.fields),
            list_length: self.list_length.max(other.list_length),
        }
    }

    /// Fails with the first limit that is exceeded.
    pub(crate) fn check(&self, limits: &Limits) -> Result<(), Rejection> {
        for (of, count) in [
            (Measure::Operations, self.operations),
            (Measure::Depth, self.depth),
            (Measure::IntrospectionDepth, self.introspection_depth),
            (Measure::Introspection, self.introspection),
            (Measure::Aliases, self.aliases),
            (Measure::RootFields, self.root_fields),
            (Measure::Directives, self.directives),
            (Measure::Fields, self.fields),
        ] {
            limits.check(of, count)?;
        }
        // Of the document, where it is part of what does not fit, and not a value.
        limits
            .check(Measure::ListLength, self.list_length)
            .map_err(|refused| Rejection { code: VALIDATION_FAILED, ..refused })
    }
}

/// Counts every fragment once, however often it is spread: linear in the document,
/// where following each spread would be exponential.
struct Costs<'d> {
    document: &'d ExecutableDocument,
    /// `None` while a fragment is being counted: a spread of itself costs nothing
    /// here, and validation refuses it.
    fragments: HashMap<&'d Name, Option<Cost>>,
}

impl Cost {
    /// What all operations of a document ask for.
    pub(crate) fn of(document: &ExecutableDocument) -> Self {
        Costs::of(document)
    }
}

impl<'d> Costs<'d> {
    fn of(document: &'d ExecutableDocument) -> Cost {
        let mut costs = Self { document, fragments: HashMap::new() };
        let operations: Vec<_> = match &document.operations {
            DocumentOperations::Single(operation) => vec![operation],
            DocumentOperations::Multiple(operations) => operations.values().collect(),
        };
        operations.into_iter().fold(Cost::default(), |cost, operation| {
            let one = costs.operation(&operation.node);
            // Only one operation is executed.
            let root_fields = cost.root_fields.max(one.root_fields);
            Cost { root_fields, ..cost.beside(one) }
        })
    }

    fn operation(&mut self, operation: &'d OperationDefinition) -> Cost {
        let defaults = operation.variable_definitions.iter().map(|definition| {
            let default = definition.node.default_value.as_ref();
            let value = default.map(|value| Value::from(value.node.clone()));
            Cost { list_length: value.as_ref().map_or(0, longest_list), ..Cost::default() }
                .beside(directives(&definition.node.directives))
        });
        let itself = Cost { operations: 1, ..directives(&operation.directives) };
        defaults.fold(itself, Cost::beside).beside(self.selection(&operation.selection_set.node))
    }

    fn selection(&mut self, set: &'d SelectionSet) -> Cost {
        set.items.iter().fold(Cost::default(), |cost, item| {
            cost.beside(match &item.node {
                Selection::Field(field) => self.field(&field.node),
                Selection::InlineFragment(inline) => directives(&inline.node.directives)
                    .beside(a_fragment())
                    .beside(self.selection(&inline.node.selection_set.node)),
                Selection::FragmentSpread(spread) => directives(&spread.node.directives)
                    .beside(a_fragment())
                    .beside(self.fragment(&spread.node.fragment_name.node)),
            })
        })
    }

    fn field(&mut self, field: &'d Field) -> Cost {
        let below = self.selection(&field.selection_set.node);
        let name = field.name.node.as_str();
        let introspection = matches!(name, "__schema" | "__type");
        let times = INTROSPECTED.iter().find(|(list, _)| *list == name);
        let times = times.map_or(1, |(_, times)| *times);
        let weight = below.weight.saturating_mul(times).saturating_add(1);
        let itself = Cost {
            depth: if introspection { 1 } else { below.depth.saturating_add(1) },
            introspection_depth: if introspection { below.depth } else { 0 },
            introspection: if introspection { weight } else { 0 },
            weight,
            aliases: field.alias.is_some().into(),
            root_fields: 1,
            fields: 1,
            list_length: longest_argument(&field.arguments),
            ..Cost::default()
        };
        let below = Cost { depth: 0, weight: 0, root_fields: 0, ..below };
        itself.beside(below).beside(directives(&field.directives))
    }

    fn fragment(&mut self, name: &'d Name) -> Cost {
        if let Some(known) = self.fragments.get(name) {
            return known.unwrap_or_default();
        }
        let Some(fragment) = self.document.fragments.get(name) else { return Cost::default() };
        self.fragments.insert(name, None);
        let set = &fragment.node.selection_set.node;
        let cost = directives(&fragment.node.directives).beside(self.selection(set));
        self.fragments.insert(name, Some(cost));
        cost
    }
}

/// A spread is work even where its fragment has no field, or does not exist: a
/// thousand of them, each spreading others, would be followed one by one.
fn a_fragment() -> Cost {
    Cost { fields: 1, ..Cost::default() }
}

fn directives(directives: &[Positioned<Directive>]) -> Cost {
    let lists = directives.iter().map(|directive| longest_argument(&directive.node.arguments));
    Cost {
        directives: directives.len(),
        list_length: lists.max().unwrap_or_default(),
        ..Cost::default()
    }
}

fn longest_argument(arguments: &[(Positioned<Name>, Positioned<Value>)]) -> usize {
    arguments.iter().map(|(_, value)| longest_list(&value.node)).max().unwrap_or_default()
}

/// How many values the longest list in a value has.
fn longest_list(value: &Value) -> usize {
    match value {
        Value::List(items) => {
            items.len().max(items.iter().map(longest_list).max().unwrap_or_default())
        }
        Value::Object(fields) => fields.values().map(longest_list).max().unwrap_or_default(),
        _ => 0,
    }
}
