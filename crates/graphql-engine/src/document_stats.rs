//! What a document asks for, to be held against the limits before anything executes.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned,
    parser::types::{
        Directive, Field, FragmentDefinition, OperationDefinition, Selection, SelectionSet,
    },
};
use async_graphql_value::{ConstValue, Value};

use crate::{
    Limits, Measure,
    document::{Rejection, VALIDATION_FAILED},
};

/// Selections within selections, fragments put in where they are spread: what walks through
/// them recurses no deeper.
const MAX_LEVELS: usize = 256;
/// The least that a value takes, in bytes.
const VALUE: usize = 16;

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
    /// Selections within selections.
    levels: usize,
    /// Bytes of the values that are written for arguments.
    values: usize,
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
            levels: self.levels.max(other.levels),
            values: self.values.saturating_add(other.values),
        }
    }

    /// The same, a selection deeper.
    fn deeper(self) -> Self {
        Self { levels: self.levels.saturating_add(1), ..self }
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
        let of_document = |refused| Rejection { code: VALIDATION_FAILED, ..refused };
        limits.check(Measure::ListLength, self.list_length).map_err(of_document)?;
        // A plan has the values of a fragment once for each place where it is spread.
        limits.check(Measure::DocumentBytes, self.values).map_err(|refused| {
            let message = format!("{}, counting fragments where they are spread", refused.message);
            Rejection { message, ..of_document(refused) }
        })
    }

    fn check_levels(&self) -> Result<(), Rejection> {
        if self.levels <= MAX_LEVELS {
            return Ok(());
        }
        let message = format!("the document nests more than {MAX_LEVELS} selections");
        Err(Rejection::new(VALIDATION_FAILED, message))
    }
}

/// Counts every fragment once, however often it is spread: linear in the document,
/// where following each spread would be exponential.
#[derive(Default)]
struct Costs<'d> {
    fragments: HashMap<&'d Name, Cost>,
}

impl Cost {
    /// What all operations of a document ask for, whose fragments are in order. Fails when
    /// that is too much for `limits`, or a fragment alone is.
    pub(crate) fn checked<'d>(
        operations: impl IntoIterator<Item = &'d OperationDefinition>,
        fragments: &[(&'d Name, &'d FragmentDefinition)],
        limits: &Limits,
    ) -> Result<Self, Rejection> {
        let mut costs = Costs::default();
        for (name, fragment) in fragments {
            let cost = costs.fragment(fragment);
            // Also of one that nobody spreads, which validation walks through.
            cost.check_levels()?;
            limits.check(Measure::Fields, cost.fields)?;
            costs.fragments.insert(name, cost);
        }
        let all = operations.into_iter().fold(Self::default(), |cost, operation| {
            let one = costs.operation(operation);
            // Only one operation is executed.
            let root_fields = cost.root_fields.max(one.root_fields);
            Self { root_fields, ..cost.beside(one) }
        });
        all.check_levels()?;
        all.check(limits)?;
        Ok(all)
    }
}

impl Costs<'_> {
    fn operation(&self, operation: &OperationDefinition) -> Cost {
        let defaults = operation.variable_definitions.iter().map(|definition| {
            let default = definition.node.default_value.as_ref();
            let list_length = default.map_or(0, |value| longest_constant(&value.node));
            Cost { list_length, ..Cost::default() }.beside(directives(&definition.node.directives))
        });
        let itself = Cost { operations: 1, ..directives(&operation.directives) };
        defaults.fold(itself, Cost::beside).beside(self.selection(&operation.selection_set.node))
    }

    fn selection(&self, set: &SelectionSet) -> Cost {
        set.items.iter().fold(Cost::default(), |cost, item| {
            cost.beside(match &item.node {
                Selection::Field(field) => self.field(&field.node),
                Selection::InlineFragment(inline) => directives(&inline.node.directives)
                    .beside(a_fragment())
                    .beside(self.selection(&inline.node.selection_set.node).deeper()),
                Selection::FragmentSpread(spread) => directives(&spread.node.directives)
                    .beside(a_fragment())
                    .beside(self.spread(&spread.node.fragment_name.node)),
            })
        })
    }

    fn field(&self, field: &Field) -> Cost {
        let below = self.selection(&field.selection_set.node).deeper();
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
            values: field.arguments.iter().map(|(_, value)| bytes(&value.node)).sum(),
            ..Cost::default()
        };
        let below = Cost { depth: 0, weight: 0, root_fields: 0, ..below };
        itself.beside(below).beside(directives(&field.directives))
    }

    fn fragment(&self, fragment: &FragmentDefinition) -> Cost {
        directives(&fragment.directives)
            .beside(self.selection(&fragment.selection_set.node).deeper())
    }

    fn spread(&self, name: &Name) -> Cost {
        self.fragments.get(name).copied().unwrap_or_default()
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

fn longest_constant(value: &ConstValue) -> usize {
    match value {
        ConstValue::List(items) => {
            items.len().max(items.iter().map(longest_constant).max().unwrap_or_default())
        }
        ConstValue::Object(fields) => {
            fields.values().map(longest_constant).max().unwrap_or_default()
        }
        _ => 0,
    }
}

/// How many bytes a value takes, about.
fn bytes(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len().max(VALUE),
        Value::Enum(name) => name.len().max(VALUE),
        Value::List(items) => VALUE + items.iter().map(bytes).sum::<usize>(),
        Value::Object(fields) => {
            VALUE + fields.iter().map(|(name, value)| name.len() + bytes(value)).sum::<usize>()
        }
        _ => VALUE,
    }
}
