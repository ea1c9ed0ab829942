//! The limited counts of a document: depth, fields, aliases and others.
//!
//! The counts are taken from the document as sent, not from normalized operations, because they
//! limit the work and the size of normalization: each fragment is counted once, so a document
//! whose expansion is exponential is refused in linear time. They also concern the whole
//! document, from which one operation is chosen later.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned,
    parser::types::{
        Directive, Field, FragmentDefinition, OperationDefinition, Selection, SelectionSet,
    },
};
use async_graphql_value::{ConstValue, Value};

use crate::{
    LimitKind, Limits,
    error::{RequestError, VALIDATION_FAILED},
};

/// Limit of nested selection sets, fragments counted where they are spread. No walk through
/// a document recurses deeper.
const MAX_LEVELS: usize = 256;
/// Minimum size of a value in bytes.
const VALUE: usize = 16;
/// Estimated bytes of a field's text, with its name, blanks and braces.
const FIELD: usize = 8;

/// About how many items the lists of introspection have in a schema of this size.
const INTROSPECTION_LISTS: [(&str, usize); 8] = [
    ("types", 60),
    ("fields", 4),
    ("args", 2),
    ("inputFields", 3),
    ("enumValues", 3),
    ("interfaces", 1),
    ("possibleTypes", 1),
    ("directives", 5),
];

/// The counts of a selection set, an operation or a document.
#[derive(Clone, Copy, Default)]
pub(crate) struct DocumentStats {
    operations: usize,
    depth: usize,
    introspection_depth: usize,
    /// The points of `__schema` and `__type`: their fields, lists multiplied.
    introspection: usize,
    /// The points of the selection, if it is part of introspection.
    weight: usize,
    aliases: usize,
    root_fields: usize,
    directives: usize,
    fields: usize,
    list_length: usize,
    /// Nested selection sets.
    levels: usize,
    /// Bytes of the values of arguments.
    values: usize,
}

impl DocumentStats {
    /// The counts of two selections of one object: maxima of depths and lengths, sums of the
    /// others.
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

    /// The counts of a selection set one level higher.
    fn deeper(self) -> Self {
        Self { levels: self.levels.saturating_add(1), ..self }
    }

    /// Whether an operation selects `__schema` or `__type`.
    pub(crate) fn introspects(&self) -> bool {
        self.introspection_depth > 0
    }

    /// About how many bytes the operations would take as text without fragments.
    pub(crate) fn expanded_bytes(&self) -> usize {
        self.fields.saturating_mul(FIELD).saturating_add(self.values / 2)
    }

    /// Fails with the first limit that is exceeded.
    fn check(&self, limits: &Limits) -> Result<(), RequestError> {
        for (kind, count) in [
            (LimitKind::Operations, self.operations),
            (LimitKind::Depth, self.depth),
            (LimitKind::IntrospectionDepth, self.introspection_depth),
            (LimitKind::IntrospectionComplexity, self.introspection),
            (LimitKind::Aliases, self.aliases),
            (LimitKind::RootFields, self.root_fields),
            (LimitKind::Directives, self.directives),
            (LimitKind::Fields, self.fields),
        ] {
            limits.check(kind, count)?;
        }
        // A list in the document is not an input value: the code is that of a document.
        let of_document = |refused| RequestError { code: VALIDATION_FAILED, ..refused };
        limits.check(LimitKind::ListLength, self.list_length).map_err(of_document)?;
        // Normalization copies the arguments of a fragment once for each spread. All together may
        // be as long as a document without fragments.
        limits.check(LimitKind::DocumentBytes, self.values).map_err(|refused| {
            let message = format!("{}, counting fragments where they are spread", refused.message);
            RequestError { message, ..of_document(refused) }
        })
    }

    fn check_levels(&self) -> Result<(), RequestError> {
        if self.levels <= MAX_LEVELS {
            return Ok(());
        }
        let message = format!("the document nests more than {MAX_LEVELS} selections");
        Err(RequestError::new(VALIDATION_FAILED, message))
    }
}

/// The counts of each fragment, which are added once for each spread.
#[derive(Default)]
struct FragmentStats<'d>(HashMap<&'d Name, DocumentStats>);

impl DocumentStats {
    /// The counts of all operations of a document. `fragments` are sorted so that each comes
    /// after those that it spreads. Fails when the operations or a fragment exceed `limits`.
    pub(crate) fn checked<'d>(
        operations: impl IntoIterator<Item = &'d OperationDefinition>,
        fragments: &[(&'d Name, &'d FragmentDefinition)],
        limits: &Limits,
    ) -> Result<Self, RequestError> {
        let mut known = FragmentStats::default();
        for (name, fragment) in fragments {
            let stats = known.fragment(fragment);
            // Validation also walks through fragments that are never spread.
            stats.check_levels()?;
            limits.check(LimitKind::Fields, stats.fields)?;
            known.0.insert(name, stats);
        }
        let all = operations.into_iter().fold(Self::default(), |stats, operation| {
            let one = known.operation(operation);
            // Only one operation is executed.
            let root_fields = stats.root_fields.max(one.root_fields);
            Self { root_fields, ..stats.beside(one) }
        });
        all.check_levels()?;
        all.check(limits)?;
        Ok(all)
    }
}

impl FragmentStats<'_> {
    fn operation(&self, operation: &OperationDefinition) -> DocumentStats {
        let defaults = operation.variable_definitions.iter().map(|definition| {
            let default = definition.node.default_value.as_ref();
            let list_length = default.map_or(0, |value| longest_constant(&value.node));
            DocumentStats { list_length, ..DocumentStats::default() }
                .beside(directives(&definition.node.directives))
        });
        let itself = DocumentStats { operations: 1, ..directives(&operation.directives) };
        defaults
            .fold(itself, DocumentStats::beside)
            .beside(self.selection(&operation.selection_set.node))
    }

    fn selection(&self, set: &SelectionSet) -> DocumentStats {
        set.items.iter().fold(DocumentStats::default(), |stats, item| {
            stats.beside(match &item.node {
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

    fn field(&self, field: &Field) -> DocumentStats {
        let below = self.selection(&field.selection_set.node).deeper();
        let name = field.name.node.as_str();
        let introspection = matches!(name, "__schema" | "__type");
        let times = INTROSPECTION_LISTS.iter().find(|(list, _)| *list == name);
        let times = times.map_or(1, |(_, times)| *times);
        let weight = below.weight.saturating_mul(times).saturating_add(1);
        let itself = DocumentStats {
            depth: if introspection { 1 } else { below.depth.saturating_add(1) },
            introspection_depth: if introspection { below.depth } else { 0 },
            introspection: if introspection { weight } else { 0 },
            weight,
            aliases: field.alias.is_some().into(),
            root_fields: 1,
            fields: 1,
            list_length: longest_argument(&field.arguments),
            values: field.arguments.iter().map(|(_, value)| bytes(&value.node)).sum(),
            ..DocumentStats::default()
        };
        let below = DocumentStats { depth: 0, weight: 0, root_fields: 0, ..below };
        itself.beside(below).beside(directives(&field.directives))
    }

    fn fragment(&self, fragment: &FragmentDefinition) -> DocumentStats {
        directives(&fragment.directives)
            .beside(self.selection(&fragment.selection_set.node).deeper())
    }

    fn spread(&self, name: &Name) -> DocumentStats {
        self.0.get(name).copied().unwrap_or_default()
    }
}

/// A spread is counted as a field, even if its fragment has no fields or does not exist: a
/// thousand fragments that spread each other would be followed one by one.
fn a_fragment() -> DocumentStats {
    DocumentStats { fields: 1, ..DocumentStats::default() }
}

fn directives(directives: &[Positioned<Directive>]) -> DocumentStats {
    let lists = directives.iter().map(|directive| longest_argument(&directive.node.arguments));
    DocumentStats {
        directives: directives.len(),
        list_length: lists.max().unwrap_or_default(),
        ..DocumentStats::default()
    }
}

fn longest_argument(arguments: &[(Positioned<Name>, Positioned<Value>)]) -> usize {
    arguments.iter().map(|(_, value)| longest_list(&value.node)).max().unwrap_or_default()
}

/// The length of the longest list in a value.
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

/// About how many bytes a value takes.
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
