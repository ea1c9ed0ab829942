//! How much an operation's answer may hold, known before anything is executed.
//!
//! A field is one point, and each of its children one for each time that it may be
//! there: a list with an argument `limit`, `first` or `last` is as long as that, one
//! without has [`SHORT_LIST`] items. Values of variables count as if they were written
//! in the document.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned, Variables,
    parser::{
        parse_schema,
        types::{
            BaseType, Field, FieldDefinition, FragmentDefinition, OperationDefinition,
            OperationType, Selection, SelectionSet, Type, TypeKind, TypeSystemDefinition,
        },
    },
};
use async_graphql_value::{ConstValue, Value};

type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

/// The arguments that say how long a list is.
const LENGTHS: [&str; 3] = ["limit", "first", "last"];
/// How long a list is whose length no argument says, such as a book's authors.
const SHORT_LIST: usize = 5;
/// How long a connection is without `first` and `last`.
const PAGE: usize = 50;

/// The schema's object types: what each field is, and how often it is there.
#[derive(Debug)]
pub(crate) struct Prices(HashMap<Name, HashMap<Name, Price>>);

#[derive(Debug)]
struct Price {
    ty: Name,
    times: Times,
}

#[derive(Debug, PartialEq)]
enum Times {
    Once,
    Several,
    /// As often as one of [`LENGTHS`] says, or so often.
    Asked(usize),
}

impl Prices {
    /// Reads the types of a schema's text, as [`crate::sdl`] gives it.
    pub(crate) fn from_sdl(sdl: &str) -> domain::Result<Self> {
        let document = parse_schema(sdl).map_err(domain::Error::internal)?;
        let types = document.definitions.into_iter().filter_map(|definition| {
            let TypeSystemDefinition::Type(definition) = definition else { return None };
            let TypeKind::Object(object) = definition.node.kind else { return None };
            let fields = object.fields.into_iter().map(|field| {
                let price = Price::of(&field.node);
                (field.node.name.node, price)
            });
            Some((definition.node.name.node, fields.collect()))
        });
        Ok(Self(types.collect()))
    }

    /// The points of an operation with these variables.
    pub(crate) fn of(
        &self,
        operation: &OperationDefinition,
        fragments: &Fragments,
        variables: &Variables,
    ) -> usize {
        let root = match operation.ty {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => "Subscription",
        };
        let mut bill =
            Bill { prices: self, operation, fragments, variables, known: HashMap::new() };
        bill.selection(self.0.get(root), &operation.selection_set.node)
    }
}

impl Price {
    fn of(field: &FieldDefinition) -> Self {
        let mut lengths = field
            .arguments
            .iter()
            .filter(|argument| LENGTHS.contains(&argument.node.name.node.as_str()));
        let times = match lengths.next() {
            Some(argument) => {
                let default = argument.node.default_value.as_ref();
                Times::Asked(default.and_then(|value| length(&value.node)).unwrap_or(PAGE))
            }
            None if is_list(&field.ty.node)
                && !LISTED_ALREADY.contains(&field.name.node.as_str()) =>
            {
                Times::Several
            }
            None => Times::Once,
        };
        Self { ty: named(&field.ty.node), times }
    }
}

/// Lists of a connection, whose own field says how long they are.
const LISTED_ALREADY: [&str; 2] = ["edges", "nodes"];

/// What is asked of the schema.
struct Bill<'d> {
    prices: &'d Prices,
    operation: &'d OperationDefinition,
    fragments: &'d Fragments,
    variables: &'d Variables,
    /// Fragments that were counted; `None` while one is: a spread of itself costs
    /// nothing here, and validation refuses it.
    known: HashMap<&'d Name, Option<usize>>,
}

type Fields = HashMap<Name, Price>;

impl<'d> Bill<'d> {
    /// `of` are the fields of the type that is selected from, if the schema knows it.
    fn selection(&mut self, of: Option<&'d Fields>, set: &'d SelectionSet) -> usize {
        set.items.iter().fold(0_usize, |sum, item| {
            sum.saturating_add(match &item.node {
                Selection::Field(field) => self.field(of, &field.node),
                Selection::InlineFragment(inline) => {
                    let on = inline.node.type_condition.as_ref();
                    let of = on.map_or(of, |on| self.prices.0.get(&on.node.on.node));
                    self.selection(of, &inline.node.selection_set.node)
                }
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node),
            })
        })
    }

    fn fragment(&mut self, name: &'d Name) -> usize {
        if let Some(known) = self.known.get(name) {
            return known.unwrap_or_default();
        }
        let Some(fragment) = self.fragments.get(name) else { return 0 };
        self.known.insert(name, None);
        let of = self.prices.0.get(&fragment.node.type_condition.node.on.node);
        let points = self.selection(of, &fragment.node.selection_set.node);
        self.known.insert(name, Some(points));
        points
    }

    fn field(&mut self, of: Option<&'d Fields>, field: &'d Field) -> usize {
        let price = of.and_then(|fields| fields.get(&field.name.node));
        let below = price.and_then(|price| self.prices.0.get(&price.ty));
        let points = self.selection(below, &field.selection_set.node);
        let times = match price.map(|price| &price.times) {
            None | Some(Times::Once) => 1,
            Some(Times::Several) => SHORT_LIST,
            Some(Times::Asked(default)) => self.asked(field).unwrap_or(*default),
        };
        points.saturating_mul(times).saturating_add(1)
    }

    /// The longest that the field's arguments ask for.
    fn asked(&self, field: &Field) -> Option<usize> {
        let lengths = field.arguments.iter().filter(|(name, _)| {
            let name = name.node.as_str();
            LENGTHS.contains(&name)
        });
        lengths.filter_map(|(_, value)| self.length(&value.node)).max()
    }

    fn length(&self, value: &Value) -> Option<usize> {
        match value {
            Value::Number(number) => Some(whole(number.as_i64())),
            Value::Variable(name) => match self.variables.get(name) {
                Some(value) => length(value),
                None => self.default(name).and_then(length),
            },
            _ => None,
        }
    }

    fn default(&self, name: &Name) -> Option<&'d ConstValue> {
        let mut definitions = self.operation.variable_definitions.iter();
        let definition = definitions.find(|known| known.node.name.node == *name)?;
        definition.node.default_value.as_ref().map(|value| &value.node)
    }
}

fn length(value: &ConstValue) -> Option<usize> {
    match value {
        ConstValue::Number(number) => Some(whole(number.as_i64())),
        _ => None,
    }
}

/// Of a negative length the resolver complains.
fn whole(number: Option<i64>) -> usize {
    usize::try_from(number.unwrap_or(i64::MAX)).unwrap_or_default()
}

fn is_list(ty: &Type) -> bool {
    matches!(ty.base, BaseType::List(_))
}

fn named(ty: &Type) -> Name {
    match &ty.base {
        BaseType::Named(name) => name.clone(),
        BaseType::List(inner) => named(inner),
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::value;

    use super::*;
    use crate::{Document, Limits};

    fn points(text: &str, variables: &Variables) -> usize {
        let prices = Prices::from_sdl(&crate::sdl()).unwrap();
        let document = Document::parse(text, &Limits::default()).unwrap();
        let operation = document.operation(None).unwrap();
        prices.of(operation.definition, &document.parsed().fragments, variables)
    }

    #[test]
    fn lists_multiply_what_is_asked_of_each_item() {
        for (text, expected) in [
            ("{ __typename }", 1),
            ("{ book(id: 1) { id title } }", 3),
            ("{ books { id } }", 51),
            ("{ books(limit: 3) { id title } }", 7),
            ("{ books(limit: -3) { id title } }", 1),
            ("{ books(limit: 2) { authors { name books(limit: 4) { id } } } }", 63),
            ("{ books(limit: 2) { ...B ...B } } fragment B on Book { id owner { id } }", 13),
            ("{ ... on Query { ...Q } } fragment Q on Query { books(limit: 2) { id } }", 3),
            ("query($n: Int! = 7) { books(limit: $n) { id } }", 8),
            ("mutation { deleteBook(id: 1) { authors { id } } }", 7),
            ("{ unknown { books(limit: 10) { id } } }", 3),
            ("{ ...A } fragment A on Query { books(limit: 2) { id } ...A }", 3),
        ] {
            assert_eq!(points(text, &Variables::default()), expected, "{text}");
        }
        let variables = Variables::from_value(value!({ "n": 9 }));
        assert_eq!(points("query($n: Int! = 7) { books(limit: $n) { id } }", &variables), 10);
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        let text = "{ books(limit: 99999999999999999999) { owner { books(limit: 2147483647) {
            owner { books(limit: 9223372036854775807) { id } } } } } }";
        assert_eq!(points(text, &Variables::default()), usize::MAX);
    }
}
